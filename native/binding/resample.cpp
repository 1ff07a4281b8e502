#include "core/resample.h"
#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

// resampleBlock({view, matrix, origin, extent, spline, out: Float32Array, threads}) → promise
Napi::Value resample(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const View view = view_of(options.Get("view"));
  const Affine matrix = matrix_of(options.Get("matrix"));
  const Index3 origin = index3_of(options.Get("origin")), extent = extent_of(options.Get("extent"));
  const Interpolation interpolation = boolean(options, "spline") ? Interpolation::spline : Interpolation::keys;
  float* out = buffer<float>(options, "out", voxels_of(extent));
  const int threads = threads_of(options);
  return promise(info.Env(), {options.Get("out")},
                 [=] { resample_block(view, matrix, origin, extent, interpolation, out, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_resample(Napi::Env env, Exports exports) { exports.Set("resampleBlock", Napi::Function::New(env, resample)); }

}  // namespace tomolapse::binding
