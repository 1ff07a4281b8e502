#include "core/tiff_band.h"

#include <stdexcept>

#include "test/check.h"

using namespace tomolapse;

namespace {

TiffBand strip(int64_t width, int64_t rows, int64_t bits) {
  TiffBand band;
  band.width = band.chunk_width = width;
  band.rows = band.chunk_rows = rows;
  band.bits = bits;
  return band;
}

std::vector<uint8_t> decoded(const TiffBand& band, const std::vector<uint8_t>& stored) {
  std::vector<uint8_t> out(static_cast<size_t>(band.width * band.rows * tiff_voxel_bytes(band.bits)));
  decode_tiff_band(band, {{stored.data(), stored.size()}}, out.data());
  return out;
}

}  // namespace

TEST("LZW: the example of TIFF 6.0's section 13, whole and cut short") {
  // 7, 7, 7, 8, 8, 7, 7, 6, 6 as the codes clear, 7, 258, 8, 8, 258, 6, 6, end of nine bits each.
  const uint32_t codes[] = {256, 7, 258, 8, 8, 258, 6, 6, 257};
  std::vector<uint8_t> stored(11);
  size_t bit = 0;
  for (uint32_t code : codes)
    for (int k = 8; k >= 0; --k, ++bit)
      if (code >> k & 1) stored[bit / 8] |= static_cast<uint8_t>(0x80 >> bit % 8);
  const uint8_t wanted[] = {7, 7, 7, 8, 8, 7, 7, 6, 6};
  for (size_t capacity = 0; capacity <= 12; ++capacity) {
    std::vector<uint8_t> out(capacity);
    CHECK_EQUAL(decode_tiff_lzw(stored.data(), stored.size(), out.data(), capacity), std::min<size_t>(capacity, 9));
    CHECK(std::equal(out.begin(), out.begin() + static_cast<long>(std::min<size_t>(capacity, 9)), wanted));
  }
  for (size_t count = 0; count < stored.size(); ++count) {
    std::vector<uint8_t> out(9);
    CHECK(decode_tiff_lzw(stored.data(), count, out.data(), 9) <= 9);
  }
}

TEST("LZW refuses codes that mean nothing, and the order of bits from before TIFF 5.0") {
  std::vector<uint8_t> out(100);
  const uint8_t unknown[] = {0x80, 0x7f, 0xff, 0xff};  // clear, then 511
  CHECK_THROWS(std::runtime_error, decode_tiff_lzw(unknown, 4, out.data(), 100));
  const uint8_t old[] = {0x00, 0x01, 0x10};
  CHECK_THROWS(std::runtime_error, decode_tiff_lzw(old, 3, out.data(), 100));
}

TEST("PackBits: the example of TIFF 6.0's section 9") {
  const std::vector<uint8_t> stored = {0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa};
  TiffBand band = strip(24, 1, 8);
  band.code = TiffCode::packbits;
  const std::vector<uint8_t> wanted = {0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0xaa, 0xaa, 0xaa, 0xaa, 0x80, 0x00,
                                       0x2a, 0x22, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa};
  CHECK(decoded(band, stored) == wanted);
  CHECK_THROWS(std::runtime_error, decoded(band, {stored.begin(), stored.end() - 1}));
}

TEST("samples of 12 bits, rows of which begin on a byte; 1 bit; differences modulo the bits") {
  CHECK(decoded(strip(1, 2, 12), {0xab, 0xc0, 0x12, 0x30}) == (std::vector<uint8_t>{0xbc, 0x0a, 0x23, 0x01}));
  CHECK(decoded(strip(3, 2, 1), {0xa0, 0x40}) == (std::vector<uint8_t>{1, 0, 1, 0, 1, 0}));
  TiffBand band = strip(2, 1, 12);
  band.predictor = 2;
  CHECK(decoded(band, {0xff, 0xf0, 0x02}) == (std::vector<uint8_t>{0xff, 0x0f, 0x01, 0x00}));
}

TEST("one sample of several, with differences between pixels; tiles that stand over the edge") {
  TiffBand band = strip(3, 1, 16);
  band.samples = 2;
  band.sample = 1;
  band.big_endian = true;
  band.predictor = 2;
  CHECK(decoded(band, {0, 1, 1, 0, 0, 1, 0, 2, 0, 1, 0xff, 0xff}) == (std::vector<uint8_t>{0, 1, 2, 1, 1, 1}));
  TiffBand tiles = strip(3, 1, 8);
  tiles.tiled = true;
  tiles.chunk_width = 2;
  tiles.chunk_rows = 2;
  const std::vector<uint8_t> a = {1, 2, 9, 9}, b = {3, 9, 9, 9};
  std::vector<uint8_t> out(3);
  decode_tiff_band(tiles, {{a.data(), 4}, {b.data(), 4}}, out.data());
  CHECK(out == (std::vector<uint8_t>{1, 2, 3}));
  CHECK_THROWS(std::invalid_argument, decode_tiff_band(tiles, {{a.data(), 4}}, out.data()));
}

TEST("bands that cannot be are refused") {
  for (auto change : std::vector<std::function<void(TiffBand&)>>{
           [](TiffBand& b) { b.width = 0; }, [](TiffBand& b) { b.rows = -1; }, [](TiffBand& b) { b.bits = 33; },
           [](TiffBand& b) { b.bits = 0; }, [](TiffBand& b) { b.sample = 1; }, [](TiffBand& b) { b.predictor = 3; },
           [](TiffBand& b) { b.chunk_width = int64_t{1} << 40; },
           [](TiffBand& b) { b.width = b.chunk_width = b.rows = b.chunk_rows = int64_t{1} << 31; }}) {
    TiffBand band = strip(4, 4, 8);
    change(band);
    CHECK_THROWS(std::invalid_argument, tiff_chunks(band));
  }
}
