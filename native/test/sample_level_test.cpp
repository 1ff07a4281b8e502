#include "core/sample_level.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "test/check.h"

using namespace tomolapse;
using namespace tomolapse::test;

TEST("a level of all rows is the mean of the voxels that there are, whatever box is asked for") {
  const Index3 shape = {9, 10, 11};
  const auto voxels = noise<float>(shape, 0, 1000);
  const Volume volume(voxels.data(), shape, VoxelType::f32);
  const Affine identity{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0};
  const Index3 origin = {1, 0, 0}, extent = {2, 3, 3};
  const auto out = same_everywhere<float>(voxels_of(extent), [&](float* to, int threads) {
    sample_level(volume, identity, 4, 4, origin, extent, to, threads);
  });
  for (int64_t i = 0; i < voxels_of(extent); ++i) {
    const int64_t p[3] = {origin[0] + i / 9, i / 3 % 3, i % 3};
    double sum = 0, count = 0;
    for (int64_t z = 4 * p[0]; z < std::min<int64_t>(4 * p[0] + 4, 9); ++z)
      for (int64_t y = 4 * p[1]; y < std::min<int64_t>(4 * p[1] + 4, 10); ++y)
        for (int64_t x = 4 * p[2]; x < std::min<int64_t>(4 * p[2] + 4, 11); ++x, ++count)
          sum += voxels[(z * 10 + y) * 11 + x];
    CHECK_NEAR(out[i], sum / count, 1e-3);
  }
}

TEST("a moved level lies where the matrix says, and holds nothing outside the file") {
  const Index3 shape = {4, 4, 16};
  std::vector<float> voxels(256);
  for (size_t i = 0; i < voxels.size(); ++i) voxels[i] = static_cast<float>(i % 16);
  const Volume volume(voxels.data(), shape, VoxelType::f32);
  const Affine along_x{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 8};
  const Index3 extent = {2, 2, 8};
  std::vector<float> out(32);
  sample_level(volume, along_x, 2, 1, {0, 0, 0}, extent, out.data(), 2);
  CHECK_NEAR(out[0], 8.5, 1e-6);
  CHECK_NEAR(out[3], 14.5, 1e-6);
  CHECK(out[4] != out[4]);
}

TEST("a level of a volume that lies straight is the one of a volume that hardly turns") {
  const Index3 shape = {9, 10, 21}, origin = {0, 1, 0}, extent = {3, 3, 6};
  auto voxels = noise<float>(shape, 0, 1000);
  voxels[700] = std::numeric_limits<float>::quiet_NaN();
  voxels[701] = std::numeric_limits<float>::infinity();
  const Volume volume(voxels.data(), shape, VoxelType::f32);
  const size_t count = static_cast<size_t>(voxels_of(extent));
  for (const double shift : {0.0, 3.0, -5.0})
    for (const int64_t taps : {1, 2, 4}) {
      const Affine straight{1, 0, 0, shift, 0, 1, 0, -shift, 0, 0, 1, shift};
      Affine turned = straight;
      turned[1] = 1e-13;
      std::vector<float> wanted(count), found(count);
      sample_level(volume, turned, 4, taps, origin, extent, wanted.data(), 1);
      sample_level(volume, straight, 4, taps, origin, extent, found.data(), 2);
      for (size_t i = 0; i < count; ++i) {
        CHECK(std::isnan(found[i]) == std::isnan(wanted[i]));
        if (!std::isnan(wanted[i])) CHECK_NEAR(found[i], wanted[i], 1e-3);
      }
    }
}
