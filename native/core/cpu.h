// Which instructions this processor has, found at run time; every operator gives the same bytes with all of them.
#pragma once
#include <string>
#include <vector>

namespace tomolapse {

// AVX-512 was measured on Zen 4 for the symmetric filters (0.9 to 1.1 of AVX2's speed) and the median (0.7 to 0.9), and left out.
enum class Instructions { baseline, avx2 };

// The instructions that operators use now: the best the processor and the system have, unless limited.
Instructions instructions();
// Limits what operators use (tests compare instruction sets); `avx2` lifts the limit.
void limit_instructions(Instructions most);
// Those this machine has, the least first.
std::vector<Instructions> all_instructions();
// "avx2", and for the baseline "sse2", "neon" or "scalar".
std::string name_of(Instructions set);
// Whether the processor computes CRC-32C itself (SSE 4.2).
bool has_crc32c();

}  // namespace tomolapse
