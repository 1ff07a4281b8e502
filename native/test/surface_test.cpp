#include "core/surface.h"

#include <limits>

#include "core/level.h"
#include "test/check.h"

using namespace tomolapse;
using namespace tomolapse::test;

namespace {

constexpr double kBelow = 40000, kAbove = 26000;

// Where the lower layer ends in column (v, u): a tilted plane, 2 voxels deeper in a corner.
double height_at(double v, double u) { return 14.3 + 0.035 * v - 0.021 * u + (v > 30 && u > 30 ? 2 : 0); }

// Two layers with partial voxels, blurred along s by a Gaussian of `blur` voxels, and noise.
std::vector<float> two_layers(const Index3& shape, double blur, double spread) {
  std::vector<float> voxels;
  std::mt19937 random(4);
  std::normal_distribution<double> normal;
  for (int64_t s = 0; s < shape[0]; ++s)
    for (int64_t v = 0; v < shape[1]; ++v)
      for (int64_t u = 0; u < shape[2]; ++u) {
        const double h = height_at(static_cast<double>(v), static_cast<double>(u)), low = static_cast<double>(s) - 0.5;
        double share = std::clamp(h - low, 0.0, 1.0);
        if (blur > 0) {
          share = 0;
          for (int k = 0; k < 8; ++k) share += 0.5 * std::erfc((low + (k + 0.5) / 8 - h) / (blur * std::sqrt(2.0))) / 8;
        }
        voxels.push_back(static_cast<float>(kAbove + share * (kBelow - kAbove) + spread * normal(random)));
      }
  return voxels;
}

std::vector<float> heights_of(const View& view, const std::vector<float>& start, double reach, double sigma) {
  return same_everywhere<float>(static_cast<int64_t>(start.size()), [&](float* out, int threads) {
    find_surface(view, start.data(), {kBelow, kAbove, reach, sigma, threads}, out);
  });
}

}  // namespace

TEST("the height of a tilted step is found to parts of a voxel, sharp and blurred") {
  const Index3 shape = {32, 40, 44};
  const std::vector<float> start(40 * 44, 15.0f);
  for (double blur : {0.0, 1.0}) {
    const View view = view_in_memory(two_layers(shape, blur, 0), shape, VoxelType::f32);
    const auto found = heights_of(view, start, 8, 0);
    for (int64_t v = 0; v < 40; ++v)
      for (int64_t u = 0; u < 44; ++u)
        CHECK_NEAR(found[v * 44 + u], height_at(static_cast<double>(v), static_cast<double>(u)), blur > 0 ? 0.03 : 1e-4);
  }
}

TEST("noise scatters the height and does not shift it") {
  const Index3 shape = {32, 40, 44};
  const View view = view_in_memory(two_layers(shape, 1, 2000), shape, VoxelType::f32);
  const auto found = heights_of(view, std::vector<float>(40 * 44, 15.0f), 8, 1);
  double sum = 0, square = 0;
  int n = 0;
  for (int64_t v = 0; v < 28; ++v)
    for (int64_t u = 0; u < 28; ++u, ++n) {
      CHECK(!std::isnan(found[v * 44 + u]));
      const double off = found[v * 44 + u] - height_at(static_cast<double>(v), static_cast<double>(u));
      sum += off;
      square += off * off;
    }
  CHECK_NEAR(sum / n, 0, 0.03);
  CHECK(std::sqrt(square / n) < 0.25);
}

TEST("no height where there is no step within reach, no start, or one layer alone") {
  const Index3 shape = {32, 40, 44};
  const View view = view_in_memory(two_layers(shape, 0, 0), shape, VoxelType::f32);
  std::vector<float> start(40 * 44, 15.0f);
  start[7] = std::numeric_limits<float>::quiet_NaN();
  start[9] = 28;  // nothing but the upper layer around it
  const auto found = heights_of(view, start, 6, 0);
  CHECK(std::isnan(found[7]) && std::isnan(found[9]));
  CHECK_NEAR(found[8], height_at(0, 8), 1e-4);
  const View even = view_in_memory(std::vector<float>(static_cast<size_t>(voxels_of(shape)), static_cast<float>(kAbove)), shape, VoxelType::f32);
  for (float h : heights_of(even, std::vector<float>(40 * 44, 15.0f), 6, 1)) CHECK(std::isnan(h));
  // Slices of either layer in turn: no step explains them.
  std::vector<float> striped;
  for (int64_t i = 0; i < voxels_of(shape); ++i) striped.push_back(static_cast<float>(i / (40 * 44) % 2 == 0 ? kBelow : kAbove));
  for (float h : heights_of(view_in_memory(striped, shape, VoxelType::f32), std::vector<float>(40 * 44, 16.0f), 6, 0)) CHECK(std::isnan(h));
  const std::vector<float> none(40 * 44, std::numeric_limits<float>::quiet_NaN());
  for (float h : heights_of(view, none, 6, 1)) CHECK(std::isnan(h));
}

TEST("a height may lie near the end of the volume, and is told in voxels of the view through a flip") {
  const Index3 shape = {32, 40, 44};
  View view = view_in_memory(two_layers(shape, 0, 0), shape, VoxelType::f32);
  view.flip = {true, false, false};
  std::vector<float> out(40 * 44);
  find_surface(view, std::vector<float>(40 * 44, 16.0f).data(), {kAbove, kBelow, 9, 0, 2}, out.data());
  for (int64_t i : {0, 44, 900, 1700})
    CHECK_NEAR(out[i], 31 - height_at(static_cast<double>(i / 44), static_cast<double>(i % 44)), 1e-4);
  // Cut so that two slices of the lower layer are left: found, reach far beyond the end.
  std::vector<float> voxels = two_layers(shape, 0, 0);
  voxels.erase(voxels.begin(), voxels.begin() + 12 * 40 * 44);
  const View cut = view_in_memory(voxels, {20, 40, 44}, VoxelType::f32);
  const auto found = heights_of(cut, std::vector<float>(40 * 44, 3.0f), 9, 0);
  CHECK_NEAR(found[0], height_at(0, 0) - 12, 1e-4);
}

TEST("a coarser level is the mean of its cubes, whole and in boxes that reach over its border") {
  const Index3 shape = {13, 17, 22};
  const auto voxels = noise<uint16_t>(shape, 0, 65536);
  for (int factor : {1, 2, 3, 4}) {
    View view = view_in_memory(voxels, shape, VoxelType::u16);
    view.axis = {1, 2, 0};
    view.flip = {false, true, false};
    const Index3 level = level_shape(view.shape(), factor);
    auto mean = [&](int64_t s, int64_t v, int64_t u) {
      double sum = 0;
      for (int64_t a = 0; a < factor; ++a)
        for (int64_t b = 0; b < factor; ++b)
          for (int64_t c = 0; c < factor; ++c)
            sum += voxels[((u * factor + c) * shape[1] + s * factor + a) * shape[2] + (shape[2] - 1 - (v * factor + b))];
      return sum / (factor * factor * factor);
    };
    for (const auto& [origin, extent] : {std::pair<Index3, Index3>{{0, 0, 0}, level}, {{-2, 1, -1}, {level[0] + 3, level[1] + 1, level[2] + 4}}}) {
      const auto found = same_everywhere<float>(voxels_of(extent), [&, o = origin, e = extent](float* out, int threads) {
        read_level(view, factor, o, e, out, threads);
      });
      for (int64_t i = 0; i < voxels_of(extent); ++i) {
        const Index3 at = {std::clamp<int64_t>(origin[0] + i / (extent[1] * extent[2]), 0, level[0] - 1),
                           std::clamp<int64_t>(origin[1] + i / extent[2] % extent[1], 0, level[1] - 1),
                           std::clamp<int64_t>(origin[2] + i % extent[2], 0, level[2] - 1)};
        CHECK_NEAR(found[i], mean(at[0], at[1], at[2]), 0.01);
      }
    }
  }
}
