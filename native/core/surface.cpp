#include "core/surface.h"

#include <algorithm>
#include <cmath>

#include "core/gaussian.h"
#include "core/parallel.h"

namespace tomolapse {

void find_surface(const View& view, const float* start, const SurfaceOptions& o, float* height) {
  const Index3 shape = view.shape();
  const int64_t nv = shape[1], nu = shape[2], tile = 32;
  const int64_t halo = static_cast<int64_t>(std::floor(4 * o.sigma + 0.5));
  const int64_t reach = static_cast<int64_t>(std::ceil(o.reach));
  constexpr float kFarthest = 1e9f;   // slices; nothing that is no number is nearer
  constexpr int64_t kRefine = 4;
  constexpr double kOwnSide = 0.75;   // part of the column's voxels that must look like their own side of the edge
  constexpr double kLeastStep = 0.4;  // of the layers' difference, between the two sides of an edge
  for (int64_t v0 = 0; v0 < nv; v0 += tile) {
    const int64_t v1 = std::min(v0 + tile, nv);
    float low = 1e30f, high = -1e30f;
    for (int64_t i = v0 * nu; i < v1 * nu; ++i) {
      if (!(std::abs(start[i]) < kFarthest)) continue;
      low = std::min(low, start[i]);
      high = std::max(high, start[i]);
    }
    if (low > high) {
      std::fill(height + v0 * nu, height + v1 * nu, NAN);
      continue;
    }
    const int64_t s0 = std::clamp<int64_t>(static_cast<int64_t>(std::floor(low)) - reach, 0, shape[0] - 1);
    const int64_t s1 = std::clamp<int64_t>(static_cast<int64_t>(std::ceil(high)) + reach + 1, s0 + 1, shape[0]);
    const Index3 origin = {s0 - halo, v0 - halo, -halo};
    const Index3 extent = {s1 - s0 + 2 * halo, v1 - v0 + 2 * halo, nu + 2 * halo};
    std::vector<float> block(static_cast<size_t>(extent[0] * extent[1] * extent[2]));
    read_block(view, origin, extent, block.data(), o.threads);
    if (o.sigma > 0) {
      std::vector<float> smoothed(block.size());
      gaussian(block.data(), extent, o.sigma, Border::nearest, smoothed.data(), o.threads);
      block.swap(smoothed);
    }
    const int64_t step = extent[1] * extent[2];
    parallel_for(v1 - v0, o.threads, [&](int64_t v) {
      std::vector<float> column(static_cast<size_t>(s1 - s0));
      for (int64_t u = 0; u < nu; ++u) {
        float& to = height[(v0 + v) * nu + u];
        to = NAN;
        const float from = start[(v0 + v) * nu + u];
        if (!(std::abs(from) < kFarthest)) continue;
        const int64_t first = std::max<int64_t>(static_cast<int64_t>(std::lround(from)) - reach, s0) - s0;
        const int64_t last = std::min<int64_t>(static_cast<int64_t>(std::lround(from)) + reach + 1, s1) - s0;
        if (last - first < 4) continue;
        const float* cell = block.data() + halo * step + (v + halo) * extent[2] + u + halo;
        for (int64_t s = first; s < last; ++s) column[s] = cell[s * step];
        // Deviation if everything belonged to the layer above, then one voxel after the other to the one below.
        double all_above = 0;
        for (int64_t s = first; s < last; ++s) all_above += std::abs(column[s] - o.above);
        double deviation = all_above, best = all_above;
        int64_t edge = first;
        for (int64_t s = first; s < last; ++s) {
          deviation += std::abs(column[s] - o.below) - std::abs(column[s] - o.above);
          if (deviation < best) {
            best = deviation;
            edge = s + 1;
          }
        }
        if (edge == first || edge == last) continue;
        const int64_t a = std::max(edge - kRefine, first), b = std::min(edge + kRefine, last);
        // The layers' own grey values next to the edge.
        const double range = o.below - o.above;
        auto level = [&](int64_t from, int64_t to, double common) {
          if (to - from < 2) return common;
          double sum = 0;
          for (int64_t s = from; s < to; ++s) sum += column[s];
          const double own = sum / static_cast<double>(to - from);
          return own;
        };
        const double below = level(std::max(first, a - kRefine), a, o.below), above = level(b, std::min(last, b + kRefine), o.above);
        if ((below - above) / range < kLeastStep) continue;
        int64_t own_side = 0;
        for (int64_t s = first; s < last; ++s)
          own_side += (std::abs(column[s] - below) < std::abs(column[s] - above)) == (s < edge);
        if (static_cast<double>(own_side) < kOwnSide * static_cast<double>(last - first)) continue;
        double share = 0;
        for (int64_t s = a; s < b; ++s) share += std::clamp((column[s] - above) / (below - above), -0.25, 1.25);
        to = static_cast<float>(static_cast<double>(s0 + a) - 0.5 + share);
      }
    });
  }
}

}  // namespace tomolapse
