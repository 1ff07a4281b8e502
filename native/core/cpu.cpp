#include "core/cpu.h"

#include <atomic>

namespace tomolapse {
namespace {

std::atomic<bool> limited{false};

bool has_avx2() {
#if defined(__x86_64__)
  static const bool found = __builtin_cpu_supports("avx2");
  return found;
#else
  return false;
#endif
}

}  // namespace

Instructions instructions() { return has_avx2() && !limited ? Instructions::avx2 : Instructions::baseline; }

void limit_instructions(Instructions most) { limited = most == Instructions::baseline; }

std::string instructions_name() {
  if (instructions() == Instructions::avx2) return "avx2";
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
  return found && !limited;
#else
  return false;
#endif
}

}  // namespace tomolapse
