#include "core/cells.h"

#include <algorithm>

#include "test/check.h"

using namespace tomolapse;
using namespace tomolapse::test;

namespace {

// The range of every cell and one voxel around it, voxel by voxel.
std::vector<uint16_t> looked_at(const std::vector<uint16_t>& voxels, const Index3& shape, int64_t cell) {
  Index3 cells;
  for (int k = 0; k < 3; ++k) cells[k] = (shape[k] + cell - 1) / cell;
  std::vector<uint16_t> ranges;
  for (int64_t cz = 0; cz < cells[0]; ++cz)
    for (int64_t cy = 0; cy < cells[1]; ++cy)
      for (int64_t cx = 0; cx < cells[2]; ++cx) {
        uint16_t least = 65535, most = 0;
        for (int64_t z = cz * cell - 1; z <= (cz + 1) * cell; ++z)
          for (int64_t y = cy * cell - 1; y <= (cy + 1) * cell; ++y)
            for (int64_t x = cx * cell - 1; x <= (cx + 1) * cell; ++x) {
              if (z < 0 || y < 0 || x < 0 || z >= shape[0] || y >= shape[1] || x >= shape[2]) continue;
              const uint16_t voxel = voxels[static_cast<size_t>((z * shape[1] + y) * shape[2] + x)];
              least = std::min(least, voxel);
              most = std::max(most, voxel);
            }
        ranges.push_back(least);
        ranges.push_back(most);
      }
  return ranges;
}

}  // namespace

TEST("ranges of cells are those of their voxels and one around them, in whatever slabs the planes come") {
  for (const Index3& shape : {Index3{19, 17, 30}, Index3{8, 8, 8}, Index3{9, 1, 7}, Index3{1, 25, 16}})
    for (const int64_t depth : {1, 3, 8, 64}) {
      const std::vector<uint16_t> voxels = noise<uint16_t>(shape, 0, 65535, 7);
      const std::vector<uint16_t> wanted = looked_at(voxels, shape, 8);
      const auto found = same_everywhere<uint16_t>(static_cast<int64_t>(wanted.size()), [&](uint16_t* out, int threads) {
        for (size_t i = 0; i < wanted.size(); i += 2) {
          out[i] = 65535;
          out[i + 1] = 0;
        }
        for (int64_t z = 0; z < shape[0]; z += depth)
          widen_cells(voxels.data() + z * shape[1] * shape[2], z, std::min(depth, shape[0] - z), shape, 8, out, threads);
      });
      CHECK(found == wanted);
    }
}
