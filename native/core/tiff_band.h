// What TIFF stores of grey values, as plain voxels: LZW and PackBits, differences, samples of any number of bits.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tomolapse {

enum class TiffCode { plain, lzw, packbits };

// Rows of one page that are decoded together: whole strips, or whole rows of tiles.
struct TiffBand {
  TiffCode code = TiffCode::plain;
  int64_t width = 0, rows = 0;              // voxels of the band
  int64_t chunk_width = 0, chunk_rows = 0;  // of a tile, or of a strip: as wide as the band, the last one with what rows are left
  bool tiled = false;
  int64_t samples = 1, sample = 0;  // of a pixel, which lie together, and the one that is wanted
  int64_t bits = 8;                 // of a sample: 1 to 32, or 64
  bool big_endian = false;
  int64_t predictor = 1;  // 1 none, 2 differences (TIFF 6.0, section 14), 3 of floats (Adobe's technical note 3)
};

struct TiffChunk {
  const uint8_t* bytes;
  size_t count;
};

// Bytes of a voxel that holds `bits` bits: 1, 2, 4 or 8.
int64_t tiff_voxel_bytes(int64_t bits);

// Chunks that cover a band, row by row.
int64_t tiff_chunks(const TiffBand& band);

// The band's voxels of the wanted sample into `out`, rows × width × tiff_voxel_bytes(bits), least significant byte first.
// Throws std::invalid_argument for a band that cannot be, std::runtime_error for chunks that are damaged or too short.
void decode_tiff_band(const TiffBand& band, const std::vector<TiffChunk>& chunks, uint8_t* out);

// At most `capacity` bytes of what TIFF 6.0's section 13 (LZW) and 9 (PackBits) make of `count` stored ones; returns how many.
// LZW throws std::runtime_error for a code that means nothing.
size_t decode_tiff_lzw(const uint8_t* stored, size_t count, uint8_t* out, size_t capacity);
size_t decode_tiff_packbits(const uint8_t* stored, size_t count, uint8_t* out, size_t capacity);

}  // namespace tomolapse
