#include "core/unlike.h"

#include <algorithm>
#include <cstring>

#include "core/parallel.h"

namespace tomolapse {

void first_unlike(const uint8_t* slab, const Index3& shape, int64_t voxel_bytes, int64_t chunk, const uint8_t* plane,
                  int32_t* first, int threads) {
  const int64_t rows = (shape[1] + chunk - 1) / chunk, columns = (shape[2] + chunk - 1) / chunk;
  const int64_t row_bytes = shape[2] * voxel_bytes;
  parallel_for(rows, threads, [&](int64_t row) {
    const int64_t y0 = row * chunk, y1 = std::min(y0 + chunk, shape[1]);
    for (int64_t column = 0; column < columns; ++column) {
      const int64_t x0 = column * chunk, bytes = (std::min(x0 + chunk, shape[2]) - x0) * voxel_bytes;
      const auto like = [&](int64_t z) {
        for (int64_t y = y0; y < y1; ++y)
          if (std::memcmp(slab + (z * shape[1] + y) * row_bytes + x0 * voxel_bytes, plane + y * row_bytes + x0 * voxel_bytes,
                          static_cast<size_t>(bytes)) != 0)
            return false;
        return true;
      };
      int64_t z = 0;
      while (z < shape[0] && like(z)) ++z;
      first[row * columns + column] = static_cast<int32_t>(z);
    }
  });
}

}  // namespace tomolapse
