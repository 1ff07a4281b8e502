#include "core/cpu.h"

#include <atomic>

namespace tomolapse {
namespace {

std::atomic<Instructions> limit{Instructions::avx2};

bool has_avx2() {
#if defined(__x86_64__)
  static const bool found = __builtin_cpu_supports("avx2");
  return found;
#else
  return false;
#endif
}

}  // namespace

Instructions instructions() { return has_avx2() ? limit.load() : Instructions::baseline; }

void limit_instructions(Instructions most) { limit = most; }

std::vector<Instructions> all_instructions() {
  if (has_avx2()) return {Instructions::baseline, Instructions::avx2};
  return {Instructions::baseline};
}

std::string name_of(Instructions set) {
  if (set == Instructions::avx2) return "avx2";
#if defined(__x86_64__)
  return "sse2";
#elif defined(__aarch64__)
  return "neon";
#else
  return "scalar";
#endif
}

bool has_crc32c() {
#if defined(__x86_64__)
  static const bool found = __builtin_cpu_supports("sse4.2");
  return found && limit != Instructions::baseline;
#else
  return false;
#endif
}

}  // namespace tomolapse
