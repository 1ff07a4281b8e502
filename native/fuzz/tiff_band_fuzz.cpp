// Whatever stands in a TIFF's directory and strips: decoded, or refused with an exception; never read or written outside.
#include "core/tiff_band.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

using namespace tomolapse;

// The first bytes are the directory's numbers, small ones mostly so that bands come out whole; the rest is what is stored.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size < 16) return 0;
  const auto number = [&](size_t at, int64_t most) {
    const int64_t value = bytes[at] | bytes[at + 1] << 8;
    return value >= 0xff00 ? (int64_t{1} << (value % 63)) - 1 : value % most;
  };
  TiffBand band;
  band.code = static_cast<TiffCode>(bytes[0] % 3);
  band.tiled = bytes[0] & 64;
  band.big_endian = bytes[0] & 128;
  band.predictor = bytes[1] % 5;
  band.bits = bytes[2] % 70;
  band.samples = bytes[3] % 5;
  band.sample = bytes[4] % 5;
  band.width = number(5, 70);
  band.rows = number(7, 40);
  band.chunk_width = band.tiled ? number(9, 40) : band.width;
  band.chunk_rows = number(11, 40);
  const size_t share = bytes[13] + size_t{1};
  bytes += 14;
  size -= 14;
  try {
    const int64_t count = tiff_chunks(band);
    if (count > 4096 || band.width * band.rows > 1 << 20) return 0;  // the caller's buffer would be too large
    std::vector<TiffChunk> chunks;
    for (int64_t i = 0; i < count; ++i) {
      const size_t own = i + 1 < count ? std::min(size, share) : size;
      chunks.push_back({bytes, own});
      bytes += own;
      size -= own;
    }
    std::vector<uint8_t> out(static_cast<size_t>(band.width * band.rows * tiff_voxel_bytes(band.bits)));
    decode_tiff_band(band, chunks, out.data());
  } catch (const std::invalid_argument&) {
  } catch (const std::runtime_error&) {
  }
  return 0;
}
