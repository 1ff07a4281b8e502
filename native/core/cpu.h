// Which instructions this processor has, found at run time; every operator gives the same bytes with all of them.
#pragma once
#include <string>

namespace tomolapse {

enum class Instructions { baseline, avx2 };

// The instructions that operators use now: the best the processor has, unless limited.
Instructions instructions();
// Limits what operators use (tests compare instruction sets); `avx2` lifts the limit.
void limit_instructions(Instructions most);
// "avx2", "sse2", "neon" or "scalar", for reports.
std::string instructions_name();
// Whether the processor computes CRC-32C itself (SSE 4.2).
bool has_crc32c();

}  // namespace tomolapse
