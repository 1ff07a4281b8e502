#include "core/label.h"

#include <algorithm>

#include "test/check.h"

using namespace tomolapse;
using namespace tomolapse::test;

namespace {

// Flood fill from each voxel in raster order.
std::vector<int32_t> flooded(const std::vector<uint8_t>& mask, const Index3& shape, Connectivity connectivity, std::vector<Component>& parts) {
  std::vector<int32_t> labels(mask.size(), 0);
  for (int64_t i = 0; i < voxels_of(shape); ++i) {
    if (mask[i] == 0 || labels[i] != 0) continue;
    parts.push_back({0, shape, {0, 0, 0}});
    std::vector<int64_t> open = {i};
    labels[i] = static_cast<int32_t>(parts.size());
    while (!open.empty()) {
      const int64_t at = open.back();
      open.pop_back();
      const Index3 here = {at / (shape[1] * shape[2]), at / shape[2] % shape[1], at % shape[2]};
      Component& part = parts.back();
      ++part.voxels;
      for (int k = 0; k < 3; ++k) {
        part.min[k] = std::min(part.min[k], here[k]);
        part.max[k] = std::max(part.max[k], here[k] + 1);
      }
      for (int64_t n = 0; n < 27; ++n) {
        const Index3 step = {n / 9 - 1, n / 3 % 3 - 1, n % 3 - 1};
        if (connectivity == Connectivity::faces && std::abs(step[0]) + std::abs(step[1]) + std::abs(step[2]) > 1) continue;
        const Index3 there = {here[0] + step[0], here[1] + step[1], here[2] + step[2]};
        if (there[0] < 0 || there[1] < 0 || there[2] < 0 || there[0] >= shape[0] || there[1] >= shape[1] || there[2] >= shape[2]) continue;
        const int64_t next = (there[0] * shape[1] + there[1]) * shape[2] + there[2];
        if (mask[next] == 0 || labels[next] != 0) continue;
        labels[next] = labels[i];
        open.push_back(next);
      }
    }
  }
  return labels;
}

}  // namespace

TEST("parts are those of a flood fill, for every density, across slabs and 64-voxel words") {
  const std::vector<Index3> shapes = {{1, 1, 1}, {1, 1, 200}, {30, 1, 1}, {1, 40, 1}, {20, 11, 64}, {17, 13, 130}, {9, 5, 63}, {8, 3, 65}};
  for (const Index3& shape : shapes)
    for (unsigned per_cent : {0u, 3u, 12u, 30u, 60u, 100u})
      for (Connectivity connectivity : {Connectivity::faces, Connectivity::corners}) {
        std::mt19937 random(7);
        std::vector<uint8_t> mask(static_cast<size_t>(voxels_of(shape)));
        for (uint8_t& voxel : mask) voxel = random() % 100 < per_cent ? static_cast<uint8_t>(1 + random() % 255) : 0;
        std::vector<Component> truth, found;
        const auto wanted = flooded(mask, shape, connectivity, truth);
        const auto labels = same_everywhere<int32_t>(voxels_of(shape), [&](int32_t* to, int threads) { found = label(mask.data(), shape, connectivity, 1, to, threads); });
        CHECK(labels == wanted);
        CHECK_EQUAL(found.size(), truth.size());
        for (size_t i = 0; i < found.size(); ++i)
          CHECK(found[i].voxels == truth[i].voxels && found[i].min == truth[i].min && found[i].max == truth[i].max);
      }
}

TEST("small parts are left out and the rest numbered without gaps") {
  const Index3 shape = {12, 30, 70};
  std::mt19937 random(3);
  std::vector<uint8_t> mask(static_cast<size_t>(voxels_of(shape)));
  for (uint8_t& voxel : mask) voxel = random() % 100 < 8;
  std::vector<int32_t> labels(mask.size());
  const auto all = label(mask.data(), shape, Connectivity::corners, 1, nullptr, 2);
  const auto large = label(mask.data(), shape, Connectivity::corners, 10, labels.data(), 2);
  CHECK(!large.empty() && large.size() < all.size());
  std::vector<int64_t> counted(large.size() + 1, 0);
  for (int32_t l : labels) ++counted.at(static_cast<size_t>(l));
  for (size_t i = 0; i < large.size(); ++i) CHECK(large[i].voxels == counted[i + 1] && large[i].voxels >= 10);
}

TEST("dilation and erosion by a ball are their definitions") {
  for (const Index3& shape : {Index3{1, 1, 9}, Index3{11, 40, 37}, Index3{5, 1, 70}})
    for (double radius : {0.0, 1.0, 2.5, 4.0}) {
      std::mt19937 random(11);
      std::vector<uint8_t> mask(static_cast<size_t>(voxels_of(shape)));
      for (uint8_t& voxel : mask) voxel = random() % 100 < 4 ? 9 : 0;
      for (bool growing : {true, false}) {
        if (!growing)
          for (uint8_t& voxel : mask) voxel = voxel == 0;
        const auto out = same_everywhere<uint8_t>(voxels_of(shape), [&](uint8_t* to, int threads) {
          if (growing) dilate(mask.data(), shape, radius, to, threads);
          else erode(mask.data(), shape, radius, to, threads);
        });
        const auto r = static_cast<int64_t>(radius);
        for (int64_t i = 0; i < voxels_of(shape); ++i) {
          const Index3 at = {i / (shape[1] * shape[2]), i / shape[2] % shape[1], i % shape[2]};
          bool hit = false;
          for (int64_t z = std::max<int64_t>(0, at[0] - r); z <= std::min(shape[0] - 1, at[0] + r); ++z)
            for (int64_t y = std::max<int64_t>(0, at[1] - r); y <= std::min(shape[1] - 1, at[1] + r); ++y)
              for (int64_t x = std::max<int64_t>(0, at[2] - r); x <= std::min(shape[2] - 1, at[2] + r); ++x) {
                const Index3 d = {z - at[0], y - at[1], x - at[2]};
                if (static_cast<double>(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) > radius * radius) continue;
                hit |= (mask[(z * shape[1] + y) * shape[2] + x] != 0) == growing;
              }
          CHECK_EQUAL(static_cast<int>(out[i]), static_cast<int>(hit == growing));
        }
      }
    }
  uint8_t mask = 1, out = 0;
  CHECK_THROWS(std::invalid_argument, dilate(&mask, {1, 1, 1}, -1, &out, 1));
}
