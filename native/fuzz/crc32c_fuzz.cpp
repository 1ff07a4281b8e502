// The checksum by instructions and by tables is the one that its definition gives, in one piece and in two.
#include "core/crc32c.h"

#include <cstdlib>

#include "core/cpu.h"

using namespace tomolapse;

namespace {

uint32_t by_definition(const uint8_t* bytes, size_t count) {
  uint32_t crc = ~uint32_t{0};
  for (size_t i = 0; i < count; ++i) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
  }
  return ~crc;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const uint32_t expected = by_definition(bytes, size);
  const size_t cut = size > 0 ? bytes[0] % (size + 1) : 0;
  for (const Instructions most : {Instructions::avx2, Instructions::baseline}) {
    limit_instructions(most);
    if (crc32c(bytes, size, 0) != expected) std::abort();
    if (crc32c(bytes + cut, size - cut, crc32c(bytes, cut, 0)) != expected) std::abort();
  }
  return 0;
}
