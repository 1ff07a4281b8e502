#include "core/electrolyte.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/gaussian.h"
#include "core/parallel.h"

namespace tomolapse {

void electrolyte_around(const float* grey, const Index3& origin, const Index3& extent, const LayerColumns& layer, double mean,
                        double sigma, float* around, int threads) {
  const int64_t plane = extent[1] * extent[2];
  const auto voxels = std::make_unique_for_overwrite<float[]>(static_cast<size_t>(extent[0] * plane));
  const auto fill = [&](auto&& value) {
    parallel_for(extent[0], threads, [&](int64_t z) {
      const int64_t s = origin[0] + z;
      for (int64_t v = 0, i = z * plane; v < extent[1]; ++v) {
        const int64_t column = (origin[1] + v) * layer.width + origin[2];
        for (int64_t u = 0; u < extent[2]; ++u, ++i)
          voxels[i] = s >= layer.from[column + u] && s < layer.to[column + u] ? static_cast<float>(value(grey[i])) : 0.0f;
      }
    });
  };
  fill([mean](float value) { return value - mean; });
  gaussian(voxels.get(), extent, sigma, Border::nearest, around, threads);
  const auto weight = std::make_unique_for_overwrite<float[]>(static_cast<size_t>(extent[0] * plane));
  fill([](float) { return 1.0; });
  gaussian(voxels.get(), extent, sigma, Border::nearest, weight.get(), threads);
  constexpr double least_weight = 0.02;
  parallel_for(extent[0], threads, [&](int64_t z) {
    for (int64_t i = z * plane; i < (z + 1) * plane; ++i)
      around[i] = static_cast<float>(mean + (weight[i] > least_weight ? static_cast<double>(around[i]) / weight[i] : 0));
  });
}

void crack_fractions(float* unfiltered, float* filtered, const float* around, int64_t count, double lithium, double least, int threads) {
  constexpr int64_t piece = 1 << 16;
  parallel_for((count + piece - 1) / piece, threads, [&](int64_t index) {
    for (int64_t i = index * piece; i < std::min(count, (index + 1) * piece); ++i) {
      const double one = std::max(least, around[i] - lithium);
      const bool missing = std::isnan(unfiltered[i]);
      unfiltered[i] = missing ? 0.0f : static_cast<float>(unfiltered[i] / one);
      filtered[i] = missing ? 0.0f : static_cast<float>(filtered[i] / one);
    }
  });
}

}  // namespace tomolapse
