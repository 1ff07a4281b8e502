#include "core/difference.h"
#include "binding/binding.h"
#include "core/surface.h"

namespace tomolapse::binding {
namespace {

// {axis, flip, volume, matrix: 16 numbers, gain, offset, fieldRadius}
PlacedScan placed_of(const Napi::Value& value) {
  Napi::Object o = value.As<Napi::Object>();
  PlacedScan scan;
  scan.view = view_of(value);
  Napi::Array matrix = o.Get("matrix").As<Napi::Array>();
  for (uint32_t i = 0; i < 12; ++i) scan.matrix[i] = matrix.Get(i).ToNumber().DoubleValue();
  scan.gain = number(o, "gain");
  scan.offset = number(o, "offset");
  scan.field_radius = number(o, "fieldRadius");
  return scan;
}

// differenceBlock({before, after, origin, extent, sigma, out: Float32Array, unfiltered: Float32Array or null, threads}) → promise
Napi::Value difference(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const PlacedScan before = placed_of(o.Get("before")), after = placed_of(o.Get("after"));
  const Index3 origin = index3_of(o.Get("origin")), extent = index3_of(o.Get("extent"));
  const size_t count = static_cast<size_t>(extent[0] * extent[1] * extent[2]);
  float* out = buffer<float>(o, "out", count);
  float* unfiltered = o.Get("unfiltered").IsTypedArray() ? buffer<float>(o, "unfiltered", count) : nullptr;
  const double sigma = number(o, "sigma");
  const int threads = static_cast<int>(integer(o, "threads"));
  return promise(info.Env(), {o.Get("out"), o.Get("unfiltered")},
                 [=] { difference_block(before, after, origin, extent, sigma, out, threads, unfiltered); },
                 [](Napi::Env env) { return env.Undefined(); });
}

// placeBlock({scan, origin, extent, out: Float32Array, threads}) → promise
Napi::Value place(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const PlacedScan scan = placed_of(o.Get("scan"));
  const Index3 origin = index3_of(o.Get("origin")), extent = index3_of(o.Get("extent"));
  float* out = buffer<float>(o, "out", static_cast<size_t>(extent[0] * extent[1] * extent[2]));
  const int threads = static_cast<int>(integer(o, "threads"));
  return promise(info.Env(), {o.Get("out")}, [=] { place_block(scan, origin, extent, out, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

// findSurface({view, start, below, above, reach, sigma, height: Float32Array, threads}) → promise
Napi::Value surface(const Napi::CallbackInfo& info) {
  Napi::Object o = info[0].As<Napi::Object>();
  const View view = view_of(o.Get("view"));
  const size_t columns = static_cast<size_t>(view.shape()[1] * view.shape()[2]);
  const float* start = buffer<float>(o, "start", columns);
  float* height = buffer<float>(o, "height", columns);
  const SurfaceOptions options{number(o, "below"), number(o, "above"), number(o, "reach"), number(o, "sigma"),
                               static_cast<int>(integer(o, "threads"))};
  return promise(info.Env(), {o.Get("start"), o.Get("height")}, [=] { find_surface(view, start, options, height); },
                 [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_difference(Napi::Env env, Exports exports) {
  exports.Set("differenceBlock", Napi::Function::New(env, difference));
  exports.Set("placeBlock", Napi::Function::New(env, place));
  exports.Set("findSurface", Napi::Function::New(env, surface));
}

}  // namespace tomolapse::binding
