#include "core/maxima.h"
#include "binding/binding.h"

namespace tomolapse::binding {
namespace {

// planeMaxima({in: Uint8Array, shape, channels, cell, least: Uint8Array, out: Uint8Array, threads}) → promise
Napi::Value maxima(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const Index3 shape = extent_of(options.Get("shape"));
  const int64_t channels = integer(options, "channels", 1, 16), cell = integer(options, "cell", 2, most_index);
  if (cell % 2 != 0) throw Napi::RangeError::New(info.Env(), "a cell has halves of whole voxels");
  const int64_t cells = (shape[1] + cell - 1) / cell * ((shape[2] + cell - 1) / cell);
  const uint8_t* in = buffer<uint8_t>(options, "in", voxels_of(shape) * static_cast<size_t>(channels));
  uint8_t* out = buffer<uint8_t>(options, "out", static_cast<size_t>(shape[0] * cells * 2 * channels));
  const uint8_t* least = buffer<uint8_t>(options, "least", static_cast<size_t>(channels));
  const int threads = threads_of(options);
  return promise(info.Env(), {options.Get("in"), options.Get("least"), options.Get("out")},
                 [=] { plane_maxima(in, shape, channels, cell, least, out, threads); },
                 [](Napi::Env env) { return env.Undefined(); });
}

}  // namespace

void export_maxima(Napi::Env env, Exports exports) { exports.Set("planeMaxima", Napi::Function::New(env, maxima)); }

}  // namespace tomolapse::binding
