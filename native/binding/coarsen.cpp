#include "core/coarsen.h"
#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

// halve({in: Uint8Array | Uint16Array of 1/256, shape, channels, fixed: Uint16Array, out: Uint8Array, threads}) → promise;
// `fixed` takes the means in 1/256, `out` the same rounded.
Napi::Value halve_planes(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const Index3 shape = index3_of(options.Get("shape"));
  const int64_t channels = integer(options, "channels");
  const int64_t count = shape[0] * shape[1] * shape[2] * channels;
  const int64_t coarse = (shape[0] + 1) / 2 * ((shape[1] + 1) / 2) * ((shape[2] + 1) / 2) * channels;
  const bool bytes = options.Get("in").As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
  const uint8_t* from_bytes = bytes ? buffer<uint8_t>(options, "in", static_cast<size_t>(count)) : nullptr;
  const uint16_t* from_fixed_point = bytes ? nullptr : buffer<uint16_t>(options, "in", static_cast<size_t>(count));
  uint16_t* fixed = buffer<uint16_t>(options, "fixed", static_cast<size_t>(coarse));
  uint8_t* out = buffer<uint8_t>(options, "out", static_cast<size_t>(coarse));
  const int threads = static_cast<int>(integer(options, "threads"));
  return promise(info.Env(), {options.Get("in"), options.Get("fixed"), options.Get("out")},
                 [=] {
                   if (from_bytes) {
                     std::vector<uint16_t> wide(static_cast<size_t>(count));
                     to_fixed(from_bytes, count, wide.data());
                     halve(wide.data(), shape, channels, fixed, threads);
                   } else {
                     halve(from_fixed_point, shape, channels, fixed, threads);
                   }
                   from_fixed(fixed, coarse, out);
                 },
                 [](Napi::Env env) { return env.Undefined(); });
}

// planeMaxima({in: Uint8Array, shape, channels, cell, out: Uint8Array, threads}) → promise
Napi::Value maxima(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const Index3 shape = index3_of(options.Get("shape"));
  const int64_t channels = integer(options, "channels"), cell = integer(options, "cell");
  const int64_t cells = (shape[1] + cell - 1) / cell * ((shape[2] + cell - 1) / cell);
  const uint8_t* in = buffer<uint8_t>(options, "in", static_cast<size_t>(shape[0] * shape[1] * shape[2] * channels));
  uint8_t* out = buffer<uint8_t>(options, "out", static_cast<size_t>(shape[0] * cells * channels));
  const int threads = static_cast<int>(integer(options, "threads"));
  return promise(info.Env(), {options.Get("in"), options.Get("out")},
                 [=] { plane_maxima(in, shape, channels, cell, out, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_coarsen(Napi::Env env, Exports exports) {
  exports.Set("halve", Napi::Function::New(env, halve_planes));
  exports.Set("planeMaxima", Napi::Function::New(env, maxima));
}

}  // namespace tomolapse::binding
