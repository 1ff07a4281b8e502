#include "core/maxima.h"

#include <algorithm>
#include <vector>

#include "core/parallel.h"

namespace tomolapse {

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
