#include "core/median.h"
#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

MedianBorder border_of(const Napi::Object& options) {
  const std::string name = text(options, "border");
  if (name == "fiji") return MedianBorder::fiji;
  if (name == "reflect") return MedianBorder::reflect;
  if (name == "nearest") return MedianBorder::nearest;
  throw Napi::TypeError::New(options.Env(), "unknown border " + name);
}

// median({voxels: Int16Array, shape, radius, cube, border, out: Int16Array, threads}) → promise
Napi::Value run(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const Index3 shape = extent_of(options.Get("shape"));
  const size_t count = voxels_of(shape);
  const int16_t* in = buffer<int16_t>(options, "voxels", count);
  int16_t* out = buffer<int16_t>(options, "out", count);
  const double radius = number(options, "radius");
  if (!(radius >= 0 && radius <= 16)) throw Napi::RangeError::New(info.Env(), "radius must be between 0 and 16 voxels");
  const Footprint footprint = boolean(options, "cube") ? cube(static_cast<int>(radius)) : ball(radius);
  const MedianBorder border = border_of(options);
  const int threads = threads_of(options);
  return promise(info.Env(), {options.Get("voxels"), options.Get("out")},
                 [=] { median(in, shape, footprint, border, out, threads); }, [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_median(Napi::Env env, Exports exports) { exports.Set("median", Napi::Function::New(env, run)); }

}  // namespace tomolapse::binding
