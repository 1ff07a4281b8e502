#include "core/difference.h"

#include "core/gaussian.h"
#include "test/check.h"

using namespace tomolapse;
using namespace tomolapse::test;

namespace {

constexpr Index3 kShape = {24, 28, 30};

std::vector<float> difference_of(const PlacedScan& before, const PlacedScan& after, const Index3& origin, const Index3& extent, double sigma) {
  return same_everywhere<float>(voxels_of(extent), [&](float* out, int threads) {
    difference_block(before, after, origin, extent, sigma, out, threads);
  });
}

int64_t at(int64_t s, int64_t v, int64_t u) { return (s * kShape[1] + v) * kShape[2] + u; }

Affine shifted(double s, double v, double u) { return {1, 0, 0, s, 0, 1, 0, v, 0, 0, 1, u}; }

}  // namespace

TEST("a difference is reference minus scan, with the scan's grey values brought back") {
  const auto a = noise<uint16_t>(kShape, 1000, 60000, 1);
  std::vector<float> b;
  for (float grey : noise<float>(kShape, 1000, 60000, 2)) b.push_back(1.05f * grey - 400);
  const auto plain = noise<float>(kShape, 1000, 60000, 2);
  PlacedScan before{view_in_memory(a, kShape, VoxelType::u16)}, after{view_in_memory(b, kShape, VoxelType::f32)};
  after.gain = 1.05;
  after.offset = -400;
  const auto found = difference_of(before, after, {0, 0, 0}, kShape, 0);
  for (size_t i = 0; i < a.size(); ++i) CHECK_NEAR(found[i], a[i] - plain[i], 0.05);
}

TEST("a moved scan is laid back on the reference's grid; where it does not reach there is NaN") {
  const auto voxels = noise<float>(kShape, 0, 1000, 3);
  PlacedScan before{view_in_memory(voxels, kShape, VoxelType::f32)};
  // A scan three voxels shorter along s, whose material lies at (+2, −3, 0).
  const Index3 shorter = {21, 28, 30};
  std::vector<float> moved(static_cast<size_t>(voxels_of(shorter)), -1.0f);
  for (int64_t s = 2; s < 21; ++s)
    for (int64_t v = 0; v < 25; ++v)
      for (int64_t u = 0; u < 30; ++u) moved[(s * 28 + v) * 30 + u] = voxels[at(s - 2, v + 3, u)];
  PlacedScan after{view_in_memory(moved, shorter, VoxelType::f32), shifted(2, -3, 0)};
  const auto found = difference_of(before, after, {0, 0, 0}, kShape, 0);
  for (int64_t s = 0; s < 24; ++s)
    for (int64_t v = 0; v < 28; ++v)
      for (int64_t u = 0; u < 30; ++u) {
        const float d = found[at(s, v, u)];
        if (s + 2 >= 21 || v < 3) CHECK(std::isnan(d));
        else CHECK_EQUAL(d, 0.0f);
      }
  // Outside the reference's own volume too.
  const auto outside = difference_of(before, before, {-2, 0, 0}, {4, 4, 4}, 0);
  for (int64_t i = 0; i < 64; ++i) CHECK_EQUAL(std::isnan(outside[i]), i < 32);
}

TEST("filtering the difference is the difference of the filtered, voxel by voxel and box by box") {
  const auto a = noise<float>(kShape, 0, 1000, 4), b = noise<float>(kShape, 0, 1000, 5);
  PlacedScan before{view_in_memory(a, kShape, VoxelType::f32)}, after{view_in_memory(b, kShape, VoxelType::f32)};
  std::vector<float> fa(a.size()), fb(b.size());
  gaussian(a.data(), kShape, 1, Border::nearest, fa.data(), 1);
  gaussian(b.data(), kShape, 1, Border::nearest, fb.data(), 1);
  const auto whole = difference_of(before, after, {0, 0, 0}, kShape, 1);
  const Index3 origin = {6, 5, 7}, extent = {9, 12, 11};
  const auto part = difference_of(before, after, origin, extent, 1);
  for (int64_t s = 0; s < extent[0]; ++s)
    for (int64_t v = 0; v < extent[1]; ++v)
      for (int64_t u = 0; u < extent[2]; ++u) {
        const int64_t i = at(origin[0] + s, origin[1] + v, origin[2] + u);
        CHECK_NEAR(part[(s * extent[1] + v) * extent[2] + u], fa[i] - fb[i], 1e-2);
        CHECK_EQUAL(part[(s * extent[1] + v) * extent[2] + u], whole[i]);
      }
}

TEST("what lies outside the reconstruction's circle is NaN, in the scan's own place, and spoils no neighbour") {
  const std::vector<float> grey(static_cast<size_t>(voxels_of(kShape)), 700.0f);
  std::vector<float> cut = grey;
  const double middle_v = 13.5, middle_u = 14.5;
  for (int64_t i = 0; i < voxels_of(kShape); ++i)
    if (std::hypot(static_cast<double>(i / 30 % 28) - middle_v, static_cast<double>(i % 30) - middle_u) > 11) cut[i] = -1e6f;
  PlacedScan before{view_in_memory(grey, kShape, VoxelType::f32)}, after{view_in_memory(cut, kShape, VoxelType::f32), shifted(0, 2, -1)};
  after.field_radius = 11;
  for (double sigma : {0.0, 1.0}) {
    const auto found = difference_of(before, after, {0, 0, 0}, kShape, sigma);
    for (int64_t i = 0; i < voxels_of(kShape); ++i) {
      const double r = std::hypot(static_cast<double>(i / 30 % 28) + 2 - middle_v, static_cast<double>(i % 30) - 1 - middle_u);
      if (r > 11) CHECK(std::isnan(found[i]));
      else CHECK_NEAR(found[i], 0, 1e-3);
    }
  }
}

TEST("one scan is placed as it is subtracted") {
  const auto a = noise<float>(kShape, 0, 1000, 6), b = noise<float>(kShape, 0, 1000, 7);
  PlacedScan before{view_in_memory(a, kShape, VoxelType::f32)};
  PlacedScan after{view_in_memory(b, kShape, VoxelType::f32), {1, 0.01, 0, 0.3, -0.01, 1, 0, 0.6, 0, 0, 1, -0.4}, 0.97, 12, 12};
  const Index3 origin = {2, 3, 4}, extent = {10, 20, 20};
  const auto placed = same_everywhere<float>(voxels_of(extent), [&](float* out, int threads) { place_block(after, origin, extent, out, threads); });
  const auto found = difference_of(before, after, origin, extent, 0);
  int64_t seen = 0;
  for (int64_t i = 0; i < voxels_of(extent); ++i) {
    CHECK_EQUAL(std::isnan(placed[i]), std::isnan(found[i]));
    if (std::isnan(placed[i])) continue;
    ++seen;
    CHECK_EQUAL(found[i], a[at(2 + i / 400, 3 + i / 20 % 20, 4 + i % 20)] - placed[i]);
  }
  CHECK(seen > 2000 && seen < voxels_of(extent));
}

TEST("a scan stored backwards gives the same bytes, filtered and not") {
  const auto a = noise<uint16_t>(kShape, 0, 1000, 8), b = noise<uint16_t>(kShape, 0, 1000, 9);
  const auto backwards = [](const std::vector<uint16_t>& voxels) {
    PlacedScan scan{view_in_memory(std::vector<uint16_t>(voxels.rbegin(), voxels.rend()), kShape, VoxelType::u16)};
    scan.view.flip = {true, true, true};
    return scan;
  };
  PlacedScan before{view_in_memory(a, kShape, VoxelType::u16)}, after{view_in_memory(b, kShape, VoxelType::u16)};
  PlacedScan before_backwards = backwards(a), after_backwards = backwards(b);
  for (PlacedScan* scan : {&after, &after_backwards}) {
    scan->matrix = shifted(1, -2, 3);
    scan->gain = 0.98;
    scan->field_radius = 12;
  }
  const Index3 origin = {-1, 2, -2}, extent = {20, 24, 29};
  const auto bytes_of_both = [&](const PlacedScan& x, const PlacedScan& y) {
    return same_everywhere<float>(2 * voxels_of(extent), [&](float* out, int threads) {
      difference_block(x, y, origin, extent, 1, out, threads, out + voxels_of(extent));
    });
  };
  const auto straight = bytes_of_both(before, after), turned = bytes_of_both(before_backwards, after_backwards);
  CHECK(std::memcmp(straight.data(), turned.data(), straight.size() * sizeof(float)) == 0);
  const auto plain = difference_of(before, after, origin, extent, 0);
  CHECK(std::memcmp(straight.data() + voxels_of(extent), plain.data(), plain.size() * sizeof(float)) == 0);
  CHECK(std::isnan(plain[0]) && !std::isnan(plain[(10 * 24 + 12) * 29 + 14]));
}
