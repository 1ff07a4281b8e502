#include "core/difference.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/gaussian.h"
#include "core/parallel.h"

namespace tomolapse {

void place_block(const PlacedScan& scan, const Index3& origin, const Index3& extent, float* out, int threads) {
  resample_block(scan.view, scan.matrix, origin, extent, Interpolation::keys, out, threads);
  const bool matched = scan.gain != 1 || scan.offset != 0;
  if (!matched && scan.field_radius <= 0) return;
  const float scale = static_cast<float>(1 / scan.gain), shift = static_cast<float>(-scan.offset / scan.gain);
  const Index3 shape = scan.view.shape();
  const double middle_v = (static_cast<double>(shape[1]) - 1) / 2, middle_u = (static_cast<double>(shape[2]) - 1) / 2;
  const double limit = scan.field_radius * scan.field_radius;
  const Affine& m = scan.matrix;
  parallel_for(extent[0], threads, [&](int64_t i) {
    for (int64_t j = 0; j < extent[1]; ++j) {
      float* to = out + (i * extent[1] + j) * extent[2];
      if (matched)
        for (int64_t k = 0; k < extent[2]; ++k) to[k] = to[k] * scale + shift;
      if (scan.field_radius <= 0) continue;
      const double s = static_cast<double>(origin[0] + i), v = static_cast<double>(origin[1] + j);
      const double row_v = m[4] * s + m[5] * v + m[7] - middle_v, row_u = m[8] * s + m[9] * v + m[11] - middle_u;
      for (int64_t k = 0; k < extent[2]; ++k) {
        const double u = static_cast<double>(origin[2] + k), dv = row_v + m[6] * u, du = row_u + m[10] * u;
        if (dv * dv + du * du > limit) to[k] = NAN;
      }
    }
  });
}

void difference_block(const PlacedScan& before, const PlacedScan& after, const Index3& origin, const Index3& extent, double sigma,
                      float* out, int threads, float* unfiltered) {
  const int64_t halo = sigma > 0 ? gaussian_radius(sigma) : 0;
  Index3 first{}, size{};
  for (int axis = 0; axis < 3; ++axis) {
    first[axis] = origin[axis] - halo;
    size[axis] = extent[axis] + 2 * halo;
  }
  const int64_t plane = size[1] * size[2], count = size[0] * plane;
  if (extent[0] <= 0 || extent[1] <= 0 || extent[2] <= 0) return;
  const auto second = std::make_unique_for_overwrite<float[]>(static_cast<size_t>(count));
  place_block(after, first, size, second.get(), threads);
  if (halo == 0) {
    place_block(before, first, size, out, threads);
    parallel_for(size[0], threads, [&](int64_t s) {
      for (int64_t i = s * plane; i < (s + 1) * plane; ++i) out[i] -= second[i];
      if (unfiltered) std::copy(out + s * plane, out + (s + 1) * plane, unfiltered + s * plane);
    });
    return;
  }
  const auto difference = std::make_unique_for_overwrite<float[]>(static_cast<size_t>(count));
  place_block(before, first, size, difference.get(), threads);
  // What is missing counts as no difference to the filter, and is missing again behind it.
  std::vector<std::vector<bool>> missing(static_cast<size_t>(size[0]));
  parallel_for(size[0], threads, [&](int64_t s) {
    float* a = difference.get() + s * plane;
    const float* b = second.get() + s * plane;
    bool any = false;
    for (int64_t i = 0; i < plane; ++i) {
      a[i] -= b[i];
      any |= std::isnan(a[i]);
    }
    if (unfiltered && s >= halo && s < halo + extent[0])
      for (int64_t v = 0; v < extent[1]; ++v)
        std::copy_n(a + (v + halo) * size[2] + halo, extent[2], unfiltered + ((s - halo) * extent[1] + v) * extent[2]);
    if (!any) return;
    missing[s].resize(static_cast<size_t>(plane));
    for (int64_t i = 0; i < plane; ++i)
      if (std::isnan(a[i])) {
        missing[s][i] = true;
        a[i] = 0;
      }
  });
  float* smooth = second.get();
  gaussian(difference.get(), size, sigma, Border::nearest, smooth, threads);
  parallel_for(extent[0], threads, [&](int64_t s) {
    const std::vector<bool>& gone = missing[s + halo];
    for (int64_t v = 0; v < extent[1]; ++v) {
      const int64_t from = (v + halo) * size[2] + halo;
      float* to = out + (s * extent[1] + v) * extent[2];
      std::copy_n(smooth + (s + halo) * plane + from, extent[2], to);
      if (gone.empty()) continue;
      for (int64_t u = 0; u < extent[2]; ++u)
        if (gone[from + u]) to[u] = NAN;
    }
  });
}

}  // namespace tomolapse
