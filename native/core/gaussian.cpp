#include "core/gaussian.h"

#include <cmath>
#include <cstring>

#include "core/fir.h"
#include "core/parallel.h"

namespace tomolapse {

int gaussian_radius(double sigma) { return static_cast<int>(4 * sigma + 0.5); }

std::vector<float> gaussian_weights(double sigma) {
  const int radius = gaussian_radius(sigma);
  std::vector<double> weight(radius + 1);
  double sum = 0;
  for (int k = 0; k <= radius; ++k) {
    weight[k] = k == 0 ? 1 : std::exp(-0.5 * k * k / (sigma * sigma));
    sum += k == 0 ? 1 : 2 * weight[k];
  }
  std::vector<float> rounded(radius + 1);
  for (int k = 0; k <= radius; ++k) rounded[k] = static_cast<float>(weight[k] / sum);
  return rounded;
}

void gaussian(const float* in, const Index3& shape, double sigma, Border border, float* out, int threads) {
  if (!(sigma >= 0) || sigma > 1000) throw std::invalid_argument("sigma must be between 0 and 1000 voxels");
  const auto [nz, ny, nx] = shape;
  if (nz <= 0 || ny <= 0 || nx <= 0) return;
  const std::vector<float> weight = gaussian_weights(sigma);
  const int r = gaussian_radius(sigma);
  if (r == 0) {
    std::memcpy(out, in, static_cast<size_t>(nz * ny * nx) * sizeof(float));
    return;
  }
  // Bars along z of some rows and columns, small enough that a ring of their smoothed slices stays in the cache: each slice
  // is smoothed across y and along x once, and the ring across z. The order of sums is the same wherever a bar begins.
  constexpr int64_t bar_x = 512, ring_bytes = int64_t{1} << 19;
  const int64_t width = std::min(nx, bar_x), ring = 2 * r + 1;
  const int64_t bar_y = std::clamp<int64_t>(ring_bytes / (ring * width * static_cast<int64_t>(sizeof(float))), 8, 64);
  const int64_t bars_y = (ny + bar_y - 1) / bar_y, bars_x = (nx + bar_x - 1) / bar_x;
  parallel_for(bars_y * bars_x, threads, [&, nz = nz, ny = ny, nx = nx](int64_t index) {
    const int64_t y0 = index / bars_x * bar_y, x0 = index % bars_x * bar_x;
    const int64_t rows = std::min(bar_y, ny - y0), columns = std::min(bar_x, nx - x0);
    // Slices lie a little apart, or those under the filter would compete for the same lines of the cache.
    const int64_t slice = rows * columns + 80;
    std::vector<float> slices(static_cast<size_t>(ring * slice)), row(static_cast<size_t>(columns + 2 * r));
    std::vector<const float*> under(ring);
    const int64_t low = std::max<int64_t>(0, x0 - r), high = std::min(nx, x0 + columns + r);
    auto at = [&](int64_t x) { return row.data() + (x - x0 + r); };  // x0 − r to x0 + columns + r
    int64_t smoothed = 0;  // slices in the ring so far; slice z lies at z mod ring
    for (int64_t z = 0; z < nz; ++z) {
      for (; smoothed < std::min(nz, z + r + 1); ++smoothed)
        for (int64_t y = y0; y < y0 + rows; ++y) {
          for (int k = -r; k <= r; ++k) under[k + r] = in + (smoothed * ny + within(y + k, ny, border)) * nx + low;
          filter_across(under.data(), weight.data(), r, high - low, at(low));
          for (int64_t x = x0 - r; x < low; ++x) *at(x) = *at(within(x, nx, border));
          for (int64_t x = high; x < x0 + columns + r; ++x) *at(x) = *at(within(x, nx, border));
          filter_along(at(x0), weight.data(), r, columns, slices.data() + smoothed % ring * slice + (y - y0) * columns);
        }
      for (int64_t y = 0; y < rows; ++y) {
        // The slice that comes next is on its way while this one is computed.
        if (smoothed < nz)
          for (int64_t x = x0; x < x0 + columns; x += 16) __builtin_prefetch(in + (smoothed * ny + y0 + y) * nx + x, 0, 2);
        for (int k = -r; k <= r; ++k) under[k + r] = slices.data() + within(z + k, nz, border) % ring * slice + y * columns;
        filter_across(under.data(), weight.data(), r, columns, out + (z * ny + y0 + y) * nx + x0);
      }
    }
  });
}

}  // namespace tomolapse
