#include "core/resample.h"
#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

Affine affine_of(const Napi::Value& value) {
  if (!value.IsArray() || value.As<Napi::Array>().Length() < 12)
    throw Napi::TypeError::New(value.Env(), "expected the rows of a matrix, 12 or 16 numbers");
  Affine matrix{};
  for (uint32_t i = 0; i < 12; ++i) matrix[i] = value.As<Napi::Array>().Get(i).ToNumber().DoubleValue();
  return matrix;
}

// resampleBlock({view, matrix, origin, extent, spline, out: Float32Array, threads}) → promise
Napi::Value resample(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const View view = view_of(options.Get("view"));
  const Affine matrix = affine_of(options.Get("matrix"));
  const Index3 origin = index3_of(options.Get("origin")), extent = index3_of(options.Get("extent"));
  const Interpolation interpolation = boolean(options, "spline") ? Interpolation::spline : Interpolation::keys;
  float* out = buffer<float>(options, "out", static_cast<size_t>(extent[0] * extent[1] * extent[2]));
  const int threads = static_cast<int>(integer(options, "threads"));
  return promise(info.Env(), {options.Get("out")},
                 [=] { resample_block(view, matrix, origin, extent, interpolation, out, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_resample(Napi::Env env, Exports exports) { exports.Set("resampleBlock", Napi::Function::New(env, resample)); }

}  // namespace tomolapse::binding
