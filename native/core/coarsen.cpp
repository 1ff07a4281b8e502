#include "core/coarsen.h"

#include <algorithm>
#include <vector>

#include "core/parallel.h"

namespace tomolapse {
namespace {

// Sums of pairs along x of the sum of up to four rows, divided by how many voxels went in.
template <int Channels>
void halve_rows(const uint32_t* sums, int64_t rows, int64_t nx, int64_t channels, uint16_t* out) {
  const int64_t step = Channels > 0 ? Channels : channels;
  const uint32_t both = static_cast<uint32_t>(2 * rows), one = static_cast<uint32_t>(rows);
  const int64_t pairs = nx / 2;
  if (rows == 4) {
    for (int64_t x = 0; x < pairs; ++x)
      for (int64_t c = 0; c < step; ++c)
        out[x * step + c] = static_cast<uint16_t>((sums[2 * x * step + c] + sums[(2 * x + 1) * step + c] + 4) / 8);
  } else {
    for (int64_t x = 0; x < pairs; ++x)
      for (int64_t c = 0; c < step; ++c)
        out[x * step + c] = static_cast<uint16_t>((sums[2 * x * step + c] + sums[(2 * x + 1) * step + c] + rows) / both);
  }
  if (nx % 2)
    for (int64_t c = 0; c < step; ++c) out[pairs * step + c] = static_cast<uint16_t>((sums[2 * pairs * step + c] + one / 2) / one);
}

}  // namespace

void halve(const uint16_t* in, const Index3& shape, int64_t channels, uint16_t* out, int threads) {
  const int64_t row = shape[2] * channels, out_row = (shape[2] + 1) / 2 * channels;
  const int64_t out_z = (shape[0] + 1) / 2, out_y = (shape[1] + 1) / 2;
  parallel_for(out_z, threads, [&](int64_t z) {
    std::vector<uint32_t> sums(static_cast<size_t>(row));
    for (int64_t y = 0; y < out_y; ++y) {
      int64_t rows = 0;
      std::fill(sums.begin(), sums.end(), 0u);
      for (int64_t fine_z = 2 * z; fine_z < std::min(2 * z + 2, shape[0]); ++fine_z)
        for (int64_t fine_y = 2 * y; fine_y < std::min(2 * y + 2, shape[1]); ++fine_y, ++rows) {
          const uint16_t* from = in + (fine_z * shape[1] + fine_y) * row;
          for (int64_t i = 0; i < row; ++i) sums[i] += from[i];
        }
      uint16_t* to = out + (z * out_y + y) * out_row;
      if (channels == 4) {
        halve_rows<4>(sums.data(), rows, shape[2], channels, to);
      } else {
        halve_rows<0>(sums.data(), rows, shape[2], channels, to);
      }
    }
  });
}

void to_fixed(const uint8_t* in, int64_t count, uint16_t* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = static_cast<uint16_t>(in[i] << 8);
}

void from_fixed(const uint16_t* in, int64_t count, uint8_t* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = static_cast<uint8_t>((in[i] + 127u + ((in[i] >> 8) & 1u)) >> 8);
}

void plane_maxima(const uint8_t* in, const Index3& shape, int64_t channels, int64_t cell, uint8_t* out, int threads) {
  const int64_t row = shape[2] * channels;
  const int64_t cells_y = (shape[1] + cell - 1) / cell, cells_x = (shape[2] + cell - 1) / cell;
  parallel_for(shape[0], threads, [&](int64_t z) {
    std::vector<uint8_t> highest(static_cast<size_t>(row));
    for (int64_t cy = 0; cy < cells_y; ++cy) {
      std::fill(highest.begin(), highest.end(), uint8_t{0});
      for (int64_t y = std::max<int64_t>(cy * cell - 1, 0); y < std::min((cy + 1) * cell + 1, shape[1]); ++y) {
        const uint8_t* from = in + (z * shape[1] + y) * row;
        for (int64_t i = 0; i < row; ++i) highest[i] = std::max(highest[i], from[i]);
      }
      for (int64_t cx = 0; cx < cells_x; ++cx) {
        uint8_t* to = out + ((z * cells_y + cy) * cells_x + cx) * channels;
        std::fill(to, to + channels, uint8_t{0});
        for (int64_t x = std::max<int64_t>(cx * cell - 1, 0); x < std::min((cx + 1) * cell + 1, shape[2]); ++x)
          for (int64_t c = 0; c < channels; ++c) to[c] = std::max(to[c], highest[x * channels + c]);
      }
    }
  });
}

}  // namespace tomolapse
