#include "core/tiff_band.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace tomolapse {
namespace {

// More than any strip or tile that makes sense; products of sizes stay far from overflow.
constexpr int64_t largest_chunk_bytes = int64_t{1} << 31;
constexpr int64_t largest_side = int64_t{1} << 31;
// Bytes that one stored byte can stand for: LZW's longest string has 3838 bytes and its code 12 bits.
constexpr size_t largest_ratio = 4096;

void check(const TiffBand& b) {
  const auto within = [](int64_t value, int64_t low, int64_t high) { return value >= low && value <= high; };
  const bool whole = b.bits == 8 || b.bits == 16 || b.bits == 32 || b.bits == 64;
  if (!within(b.width, 1, largest_side) || !within(b.rows, 1, largest_side) || !within(b.chunk_width, 1, largest_side) ||
      !within(b.chunk_rows, 1, largest_side) || !within(b.samples, 1, 65535) || !within(b.sample, 0, b.samples - 1) ||
      !within(b.predictor, 1, 3) || !(within(b.bits, 1, 32) || b.bits == 64) || (b.predictor == 3 && (!whole || b.bits == 8)) ||
      (!b.tiled && b.chunk_width != b.width))
    throw std::invalid_argument("a band of TIFF that cannot be");
  if (b.chunk_rows > largest_chunk_bytes / ((b.chunk_width * b.samples * b.bits + 7) / 8))
    throw std::invalid_argument("a strip or tile of TIFF that is too large");
}

template <class T>
T byte_swapped(T value) {
  T out = 0;
  for (size_t i = 0; i < sizeof(T); i++, value = static_cast<T>(value >> (sizeof(T) > 1 ? 8 : 0)))
    out = static_cast<T>((sizeof(T) > 1 ? out << 8 : 0) | (value & 0xff));
  return out;
}

// One row of samples as whole numbers.
template <class T>
void unpack_row(const TiffBand& b, const uint8_t* row, T* line, int64_t count) {
  const bool whole = b.bits == static_cast<int64_t>(8 * sizeof(T));
  if (b.predictor == 3) {
    // Bytes of the row by significance, the highest first; differences were taken of them at the distance of a pixel.
    std::vector<uint8_t> bytes(row, row + count * static_cast<int64_t>(sizeof(T)));
    for (size_t i = static_cast<size_t>(b.samples); i < bytes.size(); i++)
      bytes[i] = static_cast<uint8_t>(bytes[i] + bytes[i - static_cast<size_t>(b.samples)]);
    for (int64_t i = 0; i < count; i++) {
      T value = 0;
      for (size_t k = 0; k < sizeof(T); k++)
        value = static_cast<T>((sizeof(T) > 1 ? value << 8 : 0) | bytes[k * static_cast<size_t>(count) + static_cast<size_t>(i)]);
      line[i] = value;
    }
    return;
  }
  if (whole) {
    std::memcpy(line, row, static_cast<size_t>(count) * sizeof(T));
    if (b.big_endian && sizeof(T) > 1)
      for (int64_t i = 0; i < count; i++) line[i] = byte_swapped(line[i]);
  } else {
    // Packed from the highest bit on, whatever the byte order.
    const uint64_t mask = (uint64_t{1} << b.bits) - 1;
    uint64_t held = 0;
    int64_t bits = 0;
    for (int64_t i = 0; i < count; i++) {
      for (; bits < b.bits; bits += 8) held = (held << 8) | *row++;
      bits -= b.bits;
      line[i] = static_cast<T>((held >> bits) & mask);
    }
  }
  if (b.predictor == 2) {
    const T mask = static_cast<T>(whole ? ~T{0} : static_cast<T>((uint64_t{1} << b.bits) - 1));
    const int64_t step = b.samples;
    if (step == 1) {
      T sum = line[0];
      for (int64_t i = 1; i < count; i++) line[i] = sum = static_cast<T>((sum + line[i]) & mask);
    } else {
      for (int64_t i = step; i < count; i++) line[i] = static_cast<T>((line[i] + line[i - step]) & mask);
    }
  }
}

template <class T>
void place(const TiffBand& b, const uint8_t* chunk, int64_t row_bytes, int64_t first_row, int64_t first_column, int64_t rows,
           std::vector<T>& line, uint8_t* out) {
  const int64_t columns = std::min(b.chunk_width, b.width - first_column);
  const int64_t count = b.chunk_width * b.samples;
  line.resize(static_cast<size_t>(count));
  for (int64_t y = 0; y < rows; y++) {
    unpack_row<T>(b, chunk + y * row_bytes, line.data(), count);
    uint8_t* to = out + ((first_row + y) * b.width + first_column) * static_cast<int64_t>(sizeof(T));
    if (b.samples > 1)
      for (int64_t x = 0; x < columns; x++) line[static_cast<size_t>(x)] = line[static_cast<size_t>(x * b.samples + b.sample)];
    std::memcpy(to, line.data(), static_cast<size_t>(columns) * sizeof(T));
  }
}

template <class T>
void decode(const TiffBand& b, const std::vector<TiffChunk>& chunks, uint8_t* out) {
  const int64_t across = (b.width + b.chunk_width - 1) / b.chunk_width;
  const int64_t row_bytes = (b.chunk_width * b.samples * b.bits + 7) / 8;
  std::vector<uint8_t> bytes;
  std::vector<T> line;
  for (size_t i = 0; i < chunks.size(); i++) {
    const int64_t first_row = static_cast<int64_t>(i) / across * b.chunk_rows;
    const int64_t rows = std::min(b.chunk_rows, b.rows - first_row);
    const size_t wanted = static_cast<size_t>(row_bytes * (b.tiled ? b.chunk_rows : rows));
    const uint8_t* chunk = chunks[i].bytes;
    size_t given = chunks[i].count;
    // What so few bytes cannot stand for is not made room for.
    if (b.code != TiffCode::plain && wanted / largest_ratio <= given) {
      bytes.resize(wanted);
      given = (b.code == TiffCode::lzw ? decode_tiff_lzw : decode_tiff_packbits)(chunk, given, bytes.data(), wanted);
      chunk = bytes.data();
    }
    if (given < wanted)
      throw std::runtime_error(std::to_string(given) + " of " + std::to_string(wanted) + " bytes");
    place<T>(b, chunk, row_bytes, first_row, static_cast<int64_t>(i) % across * b.chunk_width, rows, line, out);
  }
}

}  // namespace

int64_t tiff_voxel_bytes(int64_t bits) { return bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : 8; }

int64_t tiff_chunks(const TiffBand& b) {
  check(b);
  return ((b.width + b.chunk_width - 1) / b.chunk_width) * ((b.rows + b.chunk_rows - 1) / b.chunk_rows);
}

void decode_tiff_band(const TiffBand& band, const std::vector<TiffChunk>& chunks, uint8_t* out) {
  if (static_cast<int64_t>(chunks.size()) != tiff_chunks(band)) throw std::invalid_argument("chunks that do not cover the band");
  switch (tiff_voxel_bytes(band.bits)) {
    case 1: return decode<uint8_t>(band, chunks, out);
    case 2: return decode<uint16_t>(band, chunks, out);
    case 4: return decode<uint32_t>(band, chunks, out);
    default: return decode<uint64_t>(band, chunks, out);
  }
}

size_t decode_tiff_lzw(const uint8_t* stored, size_t count, uint8_t* out, size_t capacity) {
  // Before TIFF 5.0 codes began with their lowest bit; the clear code that must come first then shows as 0, 1.
  if (count > 1 && stored[0] == 0 && (stored[1] & 1) == 1) throw std::runtime_error("it is LZW as it was before TIFF 5.0");
  constexpr uint32_t clear = 256, end = 257, most = 4096;
  // The string of a code is what was written before it, and the first byte of what came then: it lies in `out` already.
  size_t start[most];
  uint32_t length[most];
  uint32_t next = 258, width = 9;
  size_t written = 0, at = 0;
  size_t before_at = 0;
  uint32_t before_length = 0;  // 0: nothing since the table was cleared
  uint64_t held = 0;
  uint32_t bits = 0;
  while (written < capacity) {
    while (bits <= 48 && at < count) {
      held = (held << 8) | stored[at++];
      bits += 8;
    }
    if (bits < width) break;
    bits -= width;
    const uint32_t code = static_cast<uint32_t>(held >> bits) & ((1u << width) - 1);
    if (code == end) break;
    if (code == clear) {
      next = 258;
      width = 9;
      before_length = 0;
      continue;
    }
    if (code > 257 && (before_length == 0 || code > next || code >= most)) throw std::runtime_error("LZW code unknown");
    if (before_length > 0 && next < most) {
      start[next] = before_at;
      length[next] = before_length + 1;
      next++;
      if (next + 1 >= (1u << width) && width < 12) width++;
    }
    const size_t from = code > 257 ? start[code] : 0;
    const uint32_t size = code > 257 ? length[code] : 1;
    before_at = written;
    if (code < 256) {
      out[written++] = static_cast<uint8_t>(code);
    } else if (size <= capacity - written && from + size <= written) {
      std::memcpy(out + written, out + from, size);
      written += size;
    } else {
      // It ends with its own first byte, or beyond what is wanted.
      const size_t wanted = std::min<size_t>(size, capacity - written);
      for (size_t i = 0; i < wanted; i++) out[written + i] = out[from + i];
      written += wanted;
    }
    before_length = size;
  }
  return written;
}

size_t decode_tiff_packbits(const uint8_t* stored, size_t count, uint8_t* out, size_t capacity) {
  size_t written = 0, at = 0;
  while (written < capacity && at < count) {
    const int head = static_cast<int8_t>(stored[at++]);
    if (head == -128) continue;
    if (head >= 0) {
      const size_t run = std::min({static_cast<size_t>(head) + 1, count - at, capacity - written});
      std::memcpy(out + written, stored + at, run);
      at += static_cast<size_t>(head) + 1;
      written += run;
    } else if (at < count) {
      const size_t run = std::min(static_cast<size_t>(1 - head), capacity - written);
      std::memset(out + written, stored[at++], run);
      written += run;
    }
  }
  return written;
}

}  // namespace tomolapse
