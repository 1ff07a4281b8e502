#include "core/noise.h"

#include <algorithm>
#include <cmath>

#include "core/parallel.h"

namespace tomolapse {
namespace {

constexpr int64_t edge = 8, reach = 3;
constexpr int64_t across = 4;                             // blocks along a tile, which is read at once
constexpr int64_t wide = across * edge + 2 * reach;

float squares_along(const float* block, int64_t stride, int64_t lag) {
  double sum = 0;
  for (int64_t z = 0; z < edge; ++z)
    for (int64_t y = 0; y < edge; ++y) {
      const float* row = block + (z * wide + y) * wide;
      float part = 0;
      for (int64_t x = 0; x < edge; ++x) {
        const float difference = 2 * row[x] - row[x - lag * stride] - row[x + lag * stride];
        part += difference * difference;
      }
      sum += part;
    }
  return static_cast<float>(sum);
}

// White noise of standard deviation σ has second differences of variance 6 σ².
float deviation(const float* block, int64_t lag) {
  std::array<float, 3> squares{squares_along(block, wide * wide, lag), squares_along(block, wide, lag), squares_along(block, 1, lag)};
  std::sort(squares.begin(), squares.end());
  return std::sqrt(squares[1] / (6.0f * edge * edge * edge));
}

}  // namespace

std::vector<NoiseBlock> noise_blocks(const Volume& volume, int64_t most, float low, float high, int threads) {
  const Index3 shape = volume.shape();
  Index3 blocks, tiles;
  for (int k = 0; k < 3; ++k) {
    blocks[k] = std::max<int64_t>(0, (shape[k] - 2 * reach) / edge);
    tiles[k] = (blocks[k] + across - 1) / across;
  }
  const int64_t all = tiles[0] * tiles[1] * tiles[2];
  const int64_t taken = std::min(all, std::max<int64_t>(1, most / (across * across * across)));
  std::vector<std::vector<NoiseBlock>> found(static_cast<size_t>(taken));
  parallel_for(taken, threads, [&](int64_t i) {
    // Spread evenly, and not in step with rows of tiles.
    const int64_t n = static_cast<int64_t>((static_cast<double>(i) + 0.5) * static_cast<double>(all) / static_cast<double>(taken));
    const Index3 tile = {n / (tiles[1] * tiles[2]), n / tiles[2] % tiles[1], n % tiles[2]};
    Index3 origin, count;
    for (int k = 0; k < 3; ++k) {
      origin[k] = tile[k] * across * edge;
      count[k] = std::min(across, blocks[k] - tile[k] * across);
    }
    std::vector<float> voxels(static_cast<size_t>(wide * wide * wide));
    for (int64_t z = 0; z < count[0] * edge + 2 * reach; ++z)
      for (int64_t y = 0; y < count[1] * edge + 2 * reach; ++y)
        volume.read_row(origin[0] + z, origin[1] + y, origin[2], origin[2] + count[2] * edge + 2 * reach,
                        &voxels[static_cast<size_t>((z * wide + y) * wide)]);
    for (int64_t bz = 0; bz < count[0]; ++bz)
      for (int64_t by = 0; by < count[1]; ++by)
        for (int64_t bx = 0; bx < count[2]; ++bx) {
          const float* first = &voxels[static_cast<size_t>(((bz * edge) * wide + by * edge) * wide + bx * edge)];
          double sum = 0;
          bool limited = false;
          for (int64_t z = 0; z < edge + 2 * reach; ++z)
            for (int64_t y = 0; y < edge + 2 * reach; ++y) {
              const float* row = first + (z * wide + y) * wide;
              float part = 0;
              for (int64_t x = 0; x < edge + 2 * reach; ++x) {
                part += row[x];
                limited |= !(row[x] > low && row[x] < high);
              }
              sum += part;
            }
          const float* middle = first + (reach * wide + reach) * wide + reach;
          const double size = (edge + 2 * reach) * (edge + 2 * reach) * (edge + 2 * reach);
          found[i].push_back({{origin[0] + reach + bz * edge, origin[1] + reach + by * edge, origin[2] + reach + bx * edge},
                              static_cast<float>(sum / size),
                              limited ? -1 : deviation(middle, 1),
                              limited ? -1 : deviation(middle, reach)});
        }
  });
  std::vector<NoiseBlock> result;
  for (const auto& part : found) result.insert(result.end(), part.begin(), part.end());
  return result;
}

}  // namespace tomolapse
