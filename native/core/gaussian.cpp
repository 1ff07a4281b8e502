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
  // Bands of rows, each walked through along z, so that the slices under the filter stay in the cache: first across z for
  // the band and its neighbours, then across y, then along x.
  const int64_t band = std::max<int64_t>(16, 4 * r);
  parallel_for((ny + band - 1) / band, threads, [&, nz = nz, ny = ny, nx = nx](int64_t index) {
    const int64_t first = index * band, count = std::min(band, ny - first);
    std::vector<float> across_z(static_cast<size_t>((count + 2 * r) * nx)), row(static_cast<size_t>(nx + 2 * r));
    std::vector<const float*> slices(2 * r + 1), rows(2 * r + 1);
    // Rows of the band in across_z, border rows by reference to the rows that stand for them where those are there.
    const int64_t low = std::max<int64_t>(0, first - r), high = std::min(ny, first + count + r);
    for (int64_t z = 0; z < nz; ++z) {
      for (int64_t y = low; y < high; ++y) {
        for (int k = -r; k <= r; ++k) slices[k + r] = in + (within(z + k, nz, border) * ny + y) * nx;
        filter_across(slices.data(), weight.data(), r, nx, across_z.data() + (y - low) * nx);
      }
      for (int64_t y = first; y < first + count; ++y) {
        for (int k = -r; k <= r; ++k) rows[k + r] = across_z.data() + (within(y + k, ny, border) - low) * nx;
        filter_across(rows.data(), weight.data(), r, nx, row.data() + r);
        for (int k = 1; k <= r; ++k) {
          row[r - k] = row[r + within(-k, nx, border)];
          row[r + nx - 1 + k] = row[r + within(nx - 1 + k, nx, border)];
        }
        filter_along(row.data() + r, weight.data(), r, nx, out + (z * ny + y) * nx);
      }
    }
  });
}

}  // namespace tomolapse
