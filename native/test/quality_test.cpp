#include <algorithm>
#include <limits>

#include "core/edges.h"
#include "core/maxima.h"
#include "core/noise.h"
#include "core/rings.h"
#include "core/survey.h"
#include "core/turn.h"
#include "test/check.h"

using namespace tomolapse;
using namespace tomolapse::test;

namespace {

const std::vector<Index3> shapes = {{1, 1, 1}, {1, 1, 37}, {1, 50, 50}, {14, 14, 14}, {5, 6, 60}, {4, 49, 53}, {37, 18, 41}, {50, 64, 70}};

double uniform_deviation(double low, double high) { return (high - low) / std::sqrt(12.0); }

}  // namespace

TEST("a survey counts what a look at each voxel counts") {
  for (const Index3& shape : shapes) {
    std::vector<uint8_t> voxels = noise<uint8_t>(shape, 0, 256);
    const int64_t plane = shape[1] * shape[2];
    if (shape[0] > 10) std::fill_n(voxels.begin() + 3 * plane, plane, uint8_t{0});
    const Volume volume(voxels.data(), shape, VoxelType::u8);
    for (int threads : {1, 3}) {
      const Survey found = survey(volume, 1000, threads);
      int64_t low = 0, high = 0;
      for (int64_t i = 0; i < voxels_of(shape); ++i) {
        const bool lost = shape[0] > 10 && i / plane == 3;
        if (lost || voxels_of(shape) == 1) continue;
        low += voxels[i] == 0;
        high += voxels[i] == 255;
      }
      CHECK_EQUAL(found.low, low);
      CHECK_EQUAL(found.high, high);
      CHECK_EQUAL(found.masked, 0);
      if (shape[0] > 10) CHECK(found.constant[0] == std::vector<int64_t>{3});
      CHECK(std::is_sorted(found.sample.begin(), found.sample.end()));
      CHECK(!found.sample.empty());
    }
  }
}

TEST("voxels that are not numbers are counted and left out") {
  const Index3 shape = {5, 6, 7};
  std::vector<float> voxels = noise<float>(shape, -1, 1);
  std::fill_n(voxels.begin(), 42, std::numeric_limits<float>::quiet_NaN());
  voxels[100] = -5;
  voxels[101] = 9;
  voxels[102] = std::numeric_limits<float>::infinity();
  voxels[103] = -std::numeric_limits<float>::infinity();
  const Survey found = survey(Volume(voxels.data(), shape, VoxelType::f32), 1 << 20, 2);
  CHECK_EQUAL(found.not_numbers, 44);
  CHECK_EQUAL(found.minimum, -5.0f);
  CHECK_EQUAL(found.maximum, 9.0f);
  CHECK_EQUAL(found.low, 1);
  CHECK_EQUAL(found.high, 1);
  CHECK(found.constant[0] == std::vector<int64_t>{0});
  CHECK_EQUAL(found.sample.size(), size_t{5 * 42 - 44});
}

TEST("zeros outside a round field are known along any axis") {
  for (int axis = 0; axis < 3; ++axis) {
    Index3 shape = {24, 26, 28};
    std::vector<uint16_t> voxels = noise<uint16_t>(shape, 100, 60000);
    int64_t outside = 0;
    for (int64_t i = 0; i < voxels_of(shape); ++i) {
      const Index3 at = {i / (26 * 28), i / 28 % 26, i % 28};
      double squared = 0;
      for (int k = 0; k < 3; ++k)
        if (k != axis) squared += std::pow((at[k] - (shape[k] - 1) / 2.0) / (shape[k] / 2.0), 2);
      if (squared <= 1) continue;
      voxels[i] = 0;
      ++outside;
    }
    const Survey found = survey(Volume(voxels.data(), shape, VoxelType::u16), 1000, 2);
    CHECK_EQUAL(found.low, outside);
    CHECK_EQUAL(found.masked, outside);
  }
}

TEST("limits are counted in the box of a turned view") {
  const Index3 shape = {6, 7, 8};
  std::vector<uint8_t> voxels(static_cast<size_t>(voxels_of(shape)), 100);
  voxels[(1 * 7 + 2) * 8 + 3] = 0;
  voxels[(1 * 7 + 2) * 8 + 4] = 255;
  voxels[(5 * 7 + 6) * 8 + 7] = 255;
  View view = view_in_memory(voxels, shape, VoxelType::u8);
  view.axis = {2, 0, 1};
  view.flip = {true, false, false};
  // x from 7 downwards, then z, then y: the box x 3 … 4, z 1, y 2.
  const AtLimits found = at_limits(view, {3, 1, 2}, {2, 1, 1}, 2);
  CHECK_NEAR(found.low, 0.5, 1e-12);
  CHECK_NEAR(found.high, 0.5, 1e-12);
}

TEST("noise of blocks is that of the voxels, and limits mark a block") {
  const Index3 shape = {46, 54, 62};
  std::vector<float> voxels = noise<float>(shape, 100, 200);
  for (int64_t i = 0; i < voxels_of(shape); ++i) voxels[i] += static_cast<float>(3 * (i % 62));
  voxels[(3 * 54 + 3) * 62 + 3] = 10000;
  const auto blocks = noise_blocks(Volume(voxels.data(), shape, VoxelType::f32), 1 << 20, -1, 9999, 2);
  CHECK_EQUAL(blocks.size(), size_t{5 * 6 * 7});
  double fine = 0, coarse = 0;
  int64_t marked = 0;
  for (const NoiseBlock& block : blocks) {
    if (block.fine < 0) {
      ++marked;
      continue;
    }
    fine += block.fine;
    coarse += block.coarse;
  }
  CHECK_EQUAL(marked, 1);
  CHECK_NEAR(fine / static_cast<double>(blocks.size() - 1), uniform_deviation(100, 200), 0.4);
  CHECK_NEAR(coarse / static_cast<double>(blocks.size() - 1), uniform_deviation(100, 200), 0.4);
}

TEST("the width of a blurred step is found, in any direction") {
  const Index3 shape = {48, 48, 48};
  const std::vector<float> grain = noise<float>(shape, -20, 20);
  for (const auto& normal : {std::array<double, 3>{1, 0, 0}, std::array<double, 3>{0.6, 0.64, -0.48}}) {
    std::vector<float> voxels(grain);
    for (int64_t i = 0; i < voxels_of(shape); ++i) {
      const double t = normal[0] * static_cast<double>(i / (48 * 48) - 24) + normal[1] * static_cast<double>(i / 48 % 48 - 24) +
                       normal[2] * static_cast<double>(i % 48 - 24) - 0.3;
      voxels[i] += static_cast<float>(500 * std::erfc(-t / (1.3 * std::sqrt(2.0))));
    }
    const auto edges = edge_widths(Volume(voxels.data(), shape, VoxelType::f32), 100, 50, 2);
    CHECK(edges.size() >= 8);
    for (const EdgeReading& edge : edges) {
      CHECK_NEAR(edge.width, 1.3, 0.12);
      CHECK_NEAR(edge.step, 1000, 40);
      CHECK(edge.misfit < 20);
      double along = 0;
      for (int k = 0; k < 3; ++k) along += edge.normal[k] * normal[k];
      CHECK(along > 0.99);
    }
  }
}

TEST("rings are told from noise") {
  const Index3 shape = {20, 96, 100};
  std::vector<float> voxels = noise<float>(shape, -30, 30);
  const View plain = view_in_memory(voxels, shape, VoxelType::f32);
  const RingReading none = ring_variance(plain, 47.5, 49.5, 12, 2);
  CHECK(std::abs(none.variance) < 5 * none.error);
  std::mt19937 random(5);
  std::vector<float> profile(200);
  for (float& value : profile) value = random() % 2 ? 10.0f : -10.0f;
  for (int64_t i = 0; i < voxels_of(shape); ++i) voxels[i] += profile[static_cast<size_t>(std::hypot(i / 100 % 96 - 47.5, i % 100 - 49.5) + 0.5)];
  const View ringed = view_in_memory(voxels, shape, VoxelType::f32);
  const RingReading found = ring_variance(ringed, 47.5, 49.5, 12, 2);
  CHECK(found.variance > 10 * found.error);
  CHECK_NEAR(std::sqrt(found.variance), 10, 1.5);
  CHECK_EQUAL(ring_variance(ringed, 47.5, 49.5, 12, 1).variance, found.variance);
}

TEST("a round body seen by a whole turn has nothing to undo") {
  const Index3 shape = {16, 90, 94};
  std::vector<float> voxels = noise<float>(shape, -0.1, 0.1);
  for (int64_t i = 0; i < voxels_of(shape); ++i) {
    const double r = std::hypot(i / 94 % 90 - 44.2, i % 94 - 47.7);
    voxels[i] += static_cast<float>(std::erfc((r - 30) / 1.4) - 0.6 * std::erfc((r - 12) / 1.4));
  }
  const TurnReading found = read_turn(view_in_memory(voxels, shape, VoxelType::f32), uniform_deviation(-0.1, 0.1), 6, 2);
  CHECK(found.tiles >= 3);
  CHECK_EQUAL(found.centre_error, 0.0);
  CHECK(found.missing < 10);
}

TEST("small and empty volumes are judged without harm") {
  for (const Index3& shape : shapes)
    for (double high : {0.0, 1.0}) {
      const std::vector<float> voxels = noise<float>(shape, 0, high);
      const View view = view_in_memory(voxels, shape, VoxelType::f32);
      noise_blocks(*view.volume, 100, -1, 2, 2);
      edge_widths(*view.volume, 10, 0.01f, 2);
      ring_variance(view, static_cast<double>(shape[1]) / 2, static_cast<double>(shape[2]) / 2, 5, 2);
      CHECK_EQUAL(read_turn(view, 0.3, 4, 2).centre_error, 0.0);
    }
}

TEST("maxima of cells and their quarters reach one pixel further") {
  for (const Index3& shape : shapes) {
    constexpr int64_t channels = 3, cell = 8;
    const uint8_t least[channels] = {250, 0, 252};
    const std::vector<uint8_t> voxels = noise<uint8_t>({shape[0], shape[1], shape[2] * channels}, 0, 256);
    const int64_t cells_y = (shape[1] + cell - 1) / cell, cells_x = (shape[2] + cell - 1) / cell;
    std::vector<uint8_t> found(static_cast<size_t>(shape[0] * cells_y * cells_x * channels * 2));
    plane_maxima(voxels.data(), shape, channels, cell, least, found.data(), 2);
    for (int64_t at = 0; at < shape[0] * cells_y * cells_x; ++at)
      for (int64_t c = 0; c < channels; ++c) {
        const int64_t cx = at % cells_x, cy = at / cells_x % cells_y, z = at / cells_x / cells_y;
        const auto highest = [&](int64_t y0, int64_t x0, int64_t edge) {
          int most = -1;
          for (int64_t y = std::max<int64_t>(0, y0 - 1); y0 < shape[1] && y <= std::min(shape[1] - 1, y0 + edge); ++y)
            for (int64_t x = std::max<int64_t>(0, x0 - 1); x0 < shape[2] && x <= std::min(shape[2] - 1, x0 + edge); ++x)
              most = std::max<int>(most, voxels[((z * shape[1] + y) * shape[2] + x) * channels + c]);
          return most;
        };
        int bits = 0;
        for (int64_t quarter = 0; quarter < 4; ++quarter)
          if (highest(cy * cell + quarter / 2 * 4, cx * cell + quarter % 2 * 4, 4) >= least[c]) bits |= 1 << quarter;
        CHECK_EQUAL(found[static_cast<size_t>(at * 2 * channels + c)], highest(cy * cell, cx * cell, cell));
        CHECK_EQUAL(found[static_cast<size_t>(at * 2 * channels + channels + c)], bits);
      }
  }
}
