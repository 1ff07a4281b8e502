#include "core/resample.h"

#include <algorithm>
#include <limits>

#include "test/check.h"

using namespace tomolapse;
using namespace tomolapse::test;

namespace {

constexpr double pi = 3.14159265358979323846;

Affine rotation(double degrees, const std::array<double, 3>& shift) {
  const double c = std::cos(degrees * pi / 180), s = std::sin(degrees * pi / 180);
  return {c, s * c, -s * s, shift[0], -s, c * c, -c * s, shift[1], 0, s, c, shift[2]};
}

// Keys' kernel at one point, in double precision and as plainly as can be.
double keys_at(const std::vector<float>& voxels, const Index3& shape, const std::array<double, 3>& at) {
  auto kernel = [](double x) {
    x = std::abs(x);
    return x < 1 ? 1.5 * x * x * x - 2.5 * x * x + 1 : x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
  };
  double sum = 0;
  for (int64_t z = static_cast<int64_t>(std::floor(at[0])) - 1, i = 0; i < 4; ++i, ++z)
    for (int64_t y = static_cast<int64_t>(std::floor(at[1])) - 1, j = 0; j < 4; ++j, ++y)
      for (int64_t x = static_cast<int64_t>(std::floor(at[2])) - 1, k = 0; k < 4; ++k, ++x) {
        const int64_t cz = std::clamp<int64_t>(z, 0, shape[0] - 1), cy = std::clamp<int64_t>(y, 0, shape[1] - 1),
                      cx = std::clamp<int64_t>(x, 0, shape[2] - 1);
        sum += kernel(at[0] - static_cast<double>(z)) * kernel(at[1] - static_cast<double>(y)) *
               kernel(at[2] - static_cast<double>(x)) * voxels[(cz * shape[1] + cy) * shape[2] + cx];
      }
  return sum;
}

std::vector<float> resampled(const View& view, const Affine& matrix, const Index3& origin, const Index3& extent, Interpolation kernel) {
  return same_everywhere<float>(voxels_of(extent), [&](float* out, int threads) {
    resample_block(view, matrix, origin, extent, kernel, out, threads);
  });
}

}  // namespace

TEST("resampling with Keys' kernel is its definition, whatever the rotation") {
  const Index3 shape = {20, 24, 28};
  const auto voxels = noise<float>(shape, 0, 1000);
  const View view = view_in_memory(voxels, shape, VoxelType::f32);
  for (double degrees : {0.3, 3.0, 40.0, 90.0, 180.0}) {
    const Affine m = rotation(degrees, {12 - 12 * std::cos(degrees * pi / 180), 3.3, 0.7});
    const Index3 extent = {20, 24, 28};
    const auto out = resampled(view, m, {0, 0, 0}, extent, Interpolation::keys);
    int64_t inside = 0;
    for (int64_t i = 0; i < voxels_of(extent); ++i) {
      const double p[3] = {static_cast<double>(i / (24 * 28)), static_cast<double>(i / 28 % 24), static_cast<double>(i % 28)};
      std::array<double, 3> at{};
      bool within = true, near_rim = false;
      for (int k = 0; k < 3; ++k) {
        at[k] = m[4 * k] * p[0] + m[4 * k + 1] * p[1] + m[4 * k + 2] * p[2] + m[4 * k + 3];
        within &= at[k] >= -0.5 && at[k] <= static_cast<double>(shape[k]) - 0.5;
        near_rim |= std::abs(at[k] + 0.5) < 1e-9 || std::abs(at[k] - static_cast<double>(shape[k]) + 0.5) < 1e-9;
      }
      if (near_rim) continue;
      if (within) CHECK_NEAR(out[i], keys_at(voxels, shape, at), 1e-2);
      else CHECK(std::isnan(out[i]));
      inside += within;
    }
    if (degrees < 10) CHECK(inside > 5000);
  }
}

TEST("a voxel's bytes do not depend on the box it is resampled in") {
  const Index3 shape = {40, 70, 150};
  const View view = view_in_memory(noise<uint16_t>(shape, 0, 65536), shape, VoxelType::u16);
  const Affine m = rotation(1.7, {1.3, -2.2, 0.4});
  for (Interpolation kernel : {Interpolation::keys, Interpolation::spline}) {
    std::vector<float> whole(static_cast<size_t>(voxels_of(shape)));
    resample_block(view, m, {0, 0, 0}, shape, kernel, whole.data(), 2);
    const Index3 origin = {7, 33, 51}, extent = {20, 11, 37};
    const auto part = resampled(view, m, origin, extent, kernel);
    for (int64_t i = 0; i < voxels_of(extent); ++i) {
      const Index3 at = {origin[0] + i / (extent[1] * extent[2]), origin[1] + i / extent[2] % extent[1], origin[2] + i % extent[2]};
      CHECK(std::memcmp(&part[i], &whole[(at[0] * shape[1] + at[1]) * shape[2] + at[2]], sizeof(float)) == 0);
    }
  }
}

TEST("whole shifts copy voxels and leave NaN outside") {
  const Index3 shape = {5, 6, 7};
  auto voxels = noise<float>(shape, 0, 1);
  voxels[(2 * 6 + 3) * 7 + 3] = 1e30f;  // would spread if it were interpolated
  const View view = view_in_memory(voxels, shape, VoxelType::f32);
  for (const Index3& shift : {Index3{0, 0, 0}, Index3{2, -3, 1}, Index3{-4, 5, -6}, Index3{50, 0, 0}, Index3{0, 0, -90}}) {
    const Affine m = {1, 0, 0, static_cast<double>(shift[0]), 0, 1, 0, static_cast<double>(shift[1]), 0, 0, 1, static_cast<double>(shift[2])};
    const auto out = resampled(view, m, {0, 0, 0}, shape, Interpolation::spline);
    for (int64_t i = 0; i < voxels_of(shape); ++i) {
      const int64_t z = i / 42 + shift[0], y = i / 7 % 6 + shift[1], x = i % 7 + shift[2];
      if (z < 0 || z >= 5 || y < 0 || y >= 6 || x < 0 || x >= 7) CHECK(std::isnan(out[i]));
      else CHECK(out[i] == voxels[(z * 6 + y) * 7 + x]);
    }
  }
}

TEST("interpolation keeps a constant, passes through the voxels and follows a slope") {
  const Index3 shape = {40, 40, 40};
  std::vector<float> slope(static_cast<size_t>(voxels_of(shape)));
  for (int64_t i = 0; i < voxels_of(shape); ++i) slope[i] = static_cast<float>(i / 1600 + 2 * (i / 40 % 40) - 3 * (i % 40));
  const View constant = view_in_memory(std::vector<float>(64000, 30000.0f), shape, VoxelType::f32);
  const View sloping = view_in_memory(slope, shape, VoxelType::f32);
  const auto random = noise<float>(shape, 0, 1000);
  const View noisy = view_in_memory(random, shape, VoxelType::f32);
  const Affine m = rotation(2, {0.4, 0.6, -0.3});
  const Index3 origin = {15, 15, 15}, extent = {8, 8, 8};
  for (Interpolation kernel : {Interpolation::keys, Interpolation::spline}) {
    for (float value : resampled(constant, m, origin, extent, kernel)) CHECK_NEAR(value, 30000, 0.02);
    const auto out = resampled(sloping, m, origin, extent, kernel);
    for (int64_t i = 0; i < voxels_of(extent); ++i) {
      const double p[3] = {15.0 + static_cast<double>(i / 64), 15.0 + static_cast<double>(i / 8 % 8), 15.0 + static_cast<double>(i % 8)};
      double at[3];
      for (int k = 0; k < 3; ++k) at[k] = m[4 * k] * p[0] + m[4 * k + 1] * p[1] + m[4 * k + 2] * p[2] + m[4 * k + 3];
      CHECK_NEAR(out[i], at[0] + 2 * at[1] - 3 * at[2], 2e-4);
    }
    // Barely not a whole shift, so that it is interpolated, at the voxels.
    const auto same = resampled(noisy, {1, 0, 0, 1e-8, 0, 1, 0, 0, 0, 0, 1, 0}, origin, extent, kernel);
    for (int64_t i = 0; i < voxels_of(extent); ++i)
      CHECK_NEAR(same[i], random[((15 + i / 64) * 40 + 15 + i / 8 % 8) * 40 + 15 + i % 8], 2e-3);
  }
}

TEST("resampling works on axes of one voxel, through flips, far outside, and refuses NaN") {
  const Index3 shape = {1, 1, 9};
  View view = view_in_memory(std::vector<uint8_t>{0, 10, 20, 30, 40, 50, 60, 70, 80}, shape, VoxelType::u8);
  const Affine half = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0.5};
  auto out = resampled(view, half, {0, 0, 0}, shape, Interpolation::keys);
  CHECK_NEAR(out[3], 35, 1e-4);
  view.flip = {false, false, true};
  out = resampled(view, half, {0, 0, 0}, shape, Interpolation::spline);
  CHECK_NEAR(out[3], 45, 2e-2 * 80);  // near both ends: the repeated border bends a line slightly
  view.axis = {2, 0, 1};
  view.flip = {false, false, false};
  out = resampled(view, {1, 0, 0, 0.5, 0, 1, 0, 0, 0, 0, 1, 0}, {2, 0, 0}, {2, 1, 1}, Interpolation::keys);
  CHECK_NEAR(out[0], 25, 1e-4);
  out = resampled(view, {1, 0, 0, 1e7, 0, 1, 0, 0, 0, 0, 1, 1e-3}, {0, 0, 0}, {2, 1, 1}, Interpolation::keys);
  CHECK(std::isnan(out[0]) && std::isnan(out[1]));
  out = resampled(view, {1000, 0, 0, 0, 0, 1000, 0, 0, 0, 0, 1000, 0}, {0, 0, 0}, {3, 1, 40}, Interpolation::spline);
  CHECK(!std::isnan(out[0]) && std::isnan(out[1]));
  float unused = 0;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS(std::invalid_argument, resample_block(view, {nan, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0}, {0, 0, 0}, {1, 1, 1}, Interpolation::keys, &unused, 1));
}
