#include "core/distance.h"
#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

// distance({mask: Uint8Array, shape, spacing, out: Float32Array, threads}) → promise
Napi::Value run(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const Index3 shape = extent_of(options.Get("shape"));
  const size_t count = voxels_of(shape);
  const uint8_t* mask = buffer<uint8_t>(options, "mask", count);
  float* out = buffer<float>(options, "out", count);
  const std::vector<double> edges = doubles_of(options.Get("spacing"), 3);
  const std::array<double, 3> spacing{edges[0], edges[1], edges[2]};
  const int threads = threads_of(options);
  return promise(info.Env(), {options.Get("mask"), options.Get("out")}, [=] { distance(mask, shape, spacing, out, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_distance(Napi::Env env, Exports exports) { exports.Set("distance", Napi::Function::New(env, run)); }

}  // namespace tomolapse::binding
