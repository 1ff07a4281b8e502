#include "core/maxima.h"

#include <algorithm>
#include <vector>

#include "core/parallel.h"

namespace tomolapse {

void plane_maxima(const uint8_t* in, const Index3& shape, int64_t channels, int64_t cell, const uint8_t* least, uint8_t* out,
                  int threads) {
  const int64_t row = shape[2] * channels, half = cell / 2;
  const int64_t cells_y = (shape[1] + cell - 1) / cell, cells_x = (shape[2] + cell - 1) / cell;
  parallel_for(shape[0], threads, [&](int64_t z) {
    std::vector<uint8_t> highest(static_cast<size_t>(row));
    std::vector<uint8_t> quarter(static_cast<size_t>(channels));
    uint8_t* plane = out + z * cells_y * cells_x * 2 * channels;
    std::fill(plane, plane + cells_y * cells_x * 2 * channels, uint8_t{0});
    for (int64_t hy = 0; hy * half < shape[1]; ++hy) {
      std::fill(highest.begin(), highest.end(), uint8_t{0});
      for (int64_t y = std::max<int64_t>(hy * half - 1, 0); y < std::min((hy + 1) * half + 1, shape[1]); ++y) {
        const uint8_t* from = in + (z * shape[1] + y) * row;
        for (int64_t i = 0; i < row; ++i) highest[i] = std::max(highest[i], from[i]);
      }
      for (int64_t hx = 0; hx * half < shape[2]; ++hx) {
        std::fill(quarter.begin(), quarter.end(), uint8_t{0});
        for (int64_t x = std::max<int64_t>(hx * half - 1, 0); x < std::min((hx + 1) * half + 1, shape[2]); ++x)
          for (int64_t c = 0; c < channels; ++c) quarter[c] = std::max(quarter[c], highest[x * channels + c]);
        uint8_t* to = plane + (hy / 2 * cells_x + hx / 2) * 2 * channels;
        for (int64_t c = 0; c < channels; ++c) {
          to[c] = std::max(to[c], quarter[c]);
          if (quarter[c] >= least[c]) to[channels + c] |= static_cast<uint8_t>(1 << (hy % 2 * 2 + hx % 2));
        }
      }
    }
  });
}

}  // namespace tomolapse
