#include "core/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

#include "core/cpu.h"

namespace tomolapse {
namespace {

// table[k][b]: byte b followed by k zero bytes.
using Tables = std::array<std::array<uint32_t, 256>, 8>;
constexpr Tables make_tables() {
  Tables tables{};
  for (uint32_t b = 0; b < 256; ++b) {
    uint32_t value = b;
    for (int bit = 0; bit < 8; ++bit) value = value & 1 ? value >> 1 ^ 0x82f63b78u : value >> 1;
    tables[0][b] = value;
  }
  for (size_t k = 1; k < 8; ++k)
    for (uint32_t b = 0; b < 256; ++b) tables[k][b] = tables[k - 1][b] >> 8 ^ tables[0][tables[k - 1][b] & 255];
  return tables;
}
constexpr Tables tables = make_tables();

uint32_t by_table(const unsigned char* bytes, size_t count, uint32_t state) {
  for (; count >= 8; count -= 8, bytes += 8) {
    uint32_t low = 0;
    for (int i = 3; i >= 0; --i) low = low << 8 | bytes[i];
    low ^= state;
    state = tables[7][low & 255] ^ tables[6][low >> 8 & 255] ^ tables[5][low >> 16 & 255] ^ tables[4][low >> 24] ^
            tables[3][bytes[4]] ^ tables[2][bytes[5]] ^ tables[1][bytes[6]] ^ tables[0][bytes[7]];
  }
  for (; count > 0; --count, ++bytes) state = state >> 8 ^ tables[0][(state ^ *bytes) & 255];
  return state;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t by_instruction(const unsigned char* bytes, size_t count, uint32_t state) {
  uint64_t wide = state;
  for (; count >= 8; count -= 8, bytes += 8) {
    uint64_t word;
    std::memcpy(&word, bytes, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  state = static_cast<uint32_t>(wide);
  for (; count > 0; --count, ++bytes) state = _mm_crc32_u8(state, *bytes);
  return state;
}
#endif

}  // namespace

uint32_t crc32c(const void* bytes, size_t count, uint32_t before) {
  const auto* from = static_cast<const unsigned char*>(bytes);
#if defined(__x86_64__)
  if (has_crc32c()) return ~by_instruction(from, count, ~before);
#endif
  return ~by_table(from, count, ~before);
}

}  // namespace tomolapse
