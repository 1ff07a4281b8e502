#include "core/unlike.h"

#include "test/check.h"

using namespace tomolapse;
using namespace tomolapse::test;

TEST("the first plane that is unlike another is told for every column of chunks, those at the border among them") {
  const Index3 shape = {5, 7, 10};
  constexpr int64_t voxel_bytes = 3, chunk = 4, row = 30, plane_bytes = 7 * row;
  const auto plane = noise<uint8_t>({1, 7, row}, 0, 256);
  std::vector<uint8_t> slab;
  for (int64_t z = 0; z < shape[0]; ++z) slab.insert(slab.end(), plane.begin(), plane.end());
  const auto first = [&] {
    return same_everywhere<int32_t>(6, [&](int32_t* out, int threads) {
      first_unlike(slab.data(), shape, voxel_bytes, chunk, plane.data(), out, threads);
    });
  };
  for (int32_t at : first()) CHECK(at == 5);
  slab[2 * plane_bytes + 6 * row + 29] ^= 1;  // the last voxel of a plane: the last column
  slab[4 * plane_bytes + 3 * row + 11] ^= 1;  // the last row and voxel of the first column
  slab[0 * plane_bytes + 4 * row + 12] ^= 1;  // the first of the middle one below
  const auto found = first();
  const int32_t expected[] = {4, 5, 5, 5, 0, 2};
  for (int i = 0; i < 6; ++i) CHECK(found[i] == expected[i]);
}
