#include "core/distance.h"
#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

// distance({mask: Uint8Array, shape, spacing, out: Float32Array, threads}) → promise
Napi::Value run(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const Index3 shape = index3_of(options.Get("shape"));
  const size_t count = static_cast<size_t>(shape[0] * shape[1] * shape[2]);
  const uint8_t* mask = buffer<uint8_t>(options, "mask", count);
  float* out = buffer<float>(options, "out", count);
  if (!options.Get("spacing").IsArray()) throw Napi::TypeError::New(info.Env(), "spacing is not three numbers");
  std::array<double, 3> spacing{};
  for (uint32_t k = 0; k < 3; ++k) spacing[k] = options.Get("spacing").As<Napi::Array>().Get(k).ToNumber().DoubleValue();
  const int threads = static_cast<int>(integer(options, "threads"));
  return promise(info.Env(), {options.Get("mask"), options.Get("out")}, [=] { distance(mask, shape, spacing, out, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_distance(Napi::Env env, Exports exports) { exports.Set("distance", Napi::Function::New(env, run)); }

}  // namespace tomolapse::binding
