#include "core/gaussian.h"
#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

// gaussian({voxels: Float32Array, shape, sigma, reflect, out: Float32Array, threads}) → promise
Napi::Value run(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const Index3 shape = extent_of(options.Get("shape"));
  const size_t count = voxels_of(shape);
  const float* in = buffer<float>(options, "voxels", count);
  float* out = buffer<float>(options, "out", count);
  const double sigma = number(options, "sigma");
  const Border border = boolean(options, "reflect") ? Border::reflect : Border::nearest;
  const int threads = threads_of(options);
  return promise(info.Env(), {options.Get("voxels"), options.Get("out")},
                 [=] { gaussian(in, shape, sigma, border, out, threads); }, [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_gaussian(Napi::Env env, Exports exports) { exports.Set("gaussian", Napi::Function::New(env, run)); }

}  // namespace tomolapse::binding
