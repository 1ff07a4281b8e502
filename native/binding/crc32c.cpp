#include "core/crc32c.h"
#include "binding/binding.h"
#include "core/cpu.h"

namespace tomolapse::binding {
namespace {

// crc32c({bytes: Uint8Array, before}) → number, at once: a brick takes less time than a promise
Napi::Value checksum(const Napi::CallbackInfo& info) {
  Napi::Object options = info[0].As<Napi::Object>();
  const uint8_t* bytes = buffer<uint8_t>(options, "bytes", 0);
  const size_t count = options.Get("bytes").As<Napi::TypedArray>().ElementLength();
  return Napi::Number::New(info.Env(), crc32c(bytes, count, static_cast<uint32_t>(integer(options, "before"))));
}

// instructions() → "avx2", "sse2", "neon" or "scalar"
Napi::Value name(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), instructions_name()); }

// limitInstructions(baseline: boolean)
void limit(const Napi::CallbackInfo& info) {
  limit_instructions(info[0].ToBoolean() ? Instructions::baseline : Instructions::avx2);
}

}  // namespace

void export_crc32c(Napi::Env env, Exports exports) {
  exports.Set("crc32c", Napi::Function::New(env, checksum));
  exports.Set("instructions", Napi::Function::New(env, name));
  exports.Set("limitInstructions", Napi::Function::New(env, limit));
}

}  // namespace tomolapse::binding
