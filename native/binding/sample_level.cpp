#include "core/sample_level.h"
#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

// sampleLevel({volume, matrix, step, taps, origin, extent, out: Float32Array, threads}) → promise
Napi::Value sample(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const std::shared_ptr<const Volume> volume = volume_of(options.Get("volume"));
  const Napi::Value rows = options.Get("matrix");
  if (!rows.IsArray() || rows.As<Napi::Array>().Length() < 12)
    throw Napi::TypeError::New(info.Env(), "expected the rows of a matrix, 12 or 16 numbers");
  Affine matrix{};
  for (uint32_t i = 0; i < 12; ++i) matrix[i] = rows.As<Napi::Array>().Get(i).ToNumber().DoubleValue();
  const int64_t step = integer(options, "step"), taps = integer(options, "taps");
  if (step < 1 || taps < 1 || taps > step) throw Napi::RangeError::New(info.Env(), "expected 1 ≤ taps ≤ step");
  const Index3 origin = index3_of(options.Get("origin")), extent = index3_of(options.Get("extent"));
  float* out = buffer<float>(options, "out", static_cast<size_t>(extent[0] * extent[1] * extent[2]));
  const int threads = static_cast<int>(integer(options, "threads"));
  return promise(info.Env(), {options.Get("out")},
                 [=] { sample_level(*volume, matrix, step, taps, origin, extent, out, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_sample_level(Napi::Env env, Exports exports) {
  exports.Set("sampleLevel", Napi::Function::New(env, sample));
}

}  // namespace tomolapse::binding
