#include "core/sample_level.h"
#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

// sampleLevel({volume, matrix, step, taps, origin, extent, out: Float32Array, threads}) → promise
Napi::Value sample(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const std::shared_ptr<const Volume> volume = volume_of(options.Get("volume"));
  const Affine matrix = matrix_of(options.Get("matrix"));
  const int64_t step = integer(options, "step", 1, 1 << 20), taps = integer(options, "taps", 1, step);
  const Index3 origin = index3_of(options.Get("origin")), extent = extent_of(options.Get("extent"));
  float* out = buffer<float>(options, "out", voxels_of(extent));
  const int threads = threads_of(options);
  return promise(info.Env(), {options.Get("out")},
                 [=] { sample_level(*volume, matrix, step, taps, origin, extent, out, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_sample_level(Napi::Env env, Exports exports) {
  exports.Set("sampleLevel", Napi::Function::New(env, sample));
}

}  // namespace tomolapse::binding
