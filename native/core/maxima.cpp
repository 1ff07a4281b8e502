#include "core/maxima.h"

#include <algorithm>
#include <vector>

#include "core/parallel.h"

namespace tomolapse {
namespace {

// The larger of each two: written so that the compiler need not fear that the arrays overlap.
void larger(const uint8_t* __restrict a, const uint8_t* __restrict b, int64_t count, uint8_t* __restrict out) {
  for (int64_t i = 0; i < count; ++i) out[i] = a[i] > b[i] ? a[i] : b[i];
}

void raise(const uint8_t* __restrict by, int64_t count, uint8_t* __restrict out) {
  for (int64_t i = 0; i < count; ++i) out[i] = out[i] > by[i] ? out[i] : by[i];
}

}  // namespace

void plane_maxima(const uint8_t* in, const Index3& shape, int64_t channels, int64_t cell, const uint8_t* least, uint8_t* out,
                  int threads) {
  const int64_t row = shape[2] * channels, half = cell / 2, window = half + 2;
  const int64_t cells_y = (shape[1] + cell - 1) / cell, cells_x = (shape[2] + cell - 1) / cell;
  // A row with nothing around it: one pixel before, a window behind.
  const int64_t padded = row + (1 + window) * channels;
  parallel_for(shape[0], threads, [&](int64_t z) {
    std::vector<uint8_t> highest(static_cast<size_t>(padded)), widened(highest.size());
    uint8_t* plane = out + z * cells_y * cells_x * 2 * channels;
    std::fill(plane, plane + cells_y * cells_x * 2 * channels, uint8_t{0});
    for (int64_t hy = 0; hy * half < shape[1]; ++hy) {
      std::fill(highest.begin(), highest.end(), uint8_t{0});
      for (int64_t y = std::max<int64_t>(hy * half - 1, 0); y < std::min((hy + 1) * half + 1, shape[1]); ++y)
        raise(in + (z * shape[1] + y) * row, row, highest.data() + channels);
      // Each place the largest from there on over a window, whose width is doubled until it is reached.
      for (int64_t width = 1, step; width < window; width += step) {
        step = std::min(width, window - width);
        const int64_t count = padded - step * channels;
        larger(highest.data(), highest.data() + step * channels, count, widened.data());
        std::copy(highest.begin() + count, highest.end(), widened.begin() + count);
        highest.swap(widened);
      }
      for (int64_t hx = 0; hx * half < shape[2]; ++hx) {
        const uint8_t* quarter = highest.data() + hx * half * channels;
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
