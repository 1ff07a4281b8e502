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

// instructions() → the set in use: "avx2", or of the baseline "sse2", "neon" or "scalar"
Napi::Value used(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), name_of(instructions())); }

// allInstructions() → those this machine has, the least first
Napi::Value all(const Napi::CallbackInfo& info) {
  Napi::Array names = Napi::Array::New(info.Env());
  for (const Instructions set : all_instructions()) names.Set(names.Length(), name_of(set));
  return names;
}

// limitInstructions(name)
void limit(const Napi::CallbackInfo& info) {
  const std::string name = info[0].ToString();
  for (const Instructions set : all_instructions())
    if (name_of(set) == name) return limit_instructions(set);
  throw Napi::RangeError::New(info.Env(), "this machine has no instruction set " + name);
}

}  // namespace

void export_crc32c(Napi::Env env, Exports exports) {
  exports.Set("crc32c", Napi::Function::New(env, checksum));
  exports.Set("instructions", Napi::Function::New(env, used));
  exports.Set("allInstructions", Napi::Function::New(env, all));
  exports.Set("limitInstructions", Napi::Function::New(env, limit));
}

}  // namespace tomolapse::binding
