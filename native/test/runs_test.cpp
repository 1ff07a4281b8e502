#include "core/runs.h"

#include <algorithm>
#include <numeric>

#include "core/label.h"
#include "test/check.h"

using namespace tomolapse;
using namespace tomolapse::test;

namespace {

struct Layer {
  std::vector<uint16_t> from, to;
  LayerColumns columns;
  Layer(const Index3& shape, uint16_t low, uint16_t high)
      : from(static_cast<size_t>(shape[1] * shape[2]), low), to(from.size(), high), columns{from.data(), to.data(), shape[2]} {}
};

}  // namespace

TEST("runs found in boxes and labelled together are the parts of the whole") {
  const Index3 shape = {13, 17, 40};
  Layer layer(shape, 2, 12);
  layer.to[5 * 40 + 7] = 4;
  for (double threshold : {0.0, 0.6, 0.9, 0.97, 1.0}) {
    const std::vector<float> field = noise<float>(shape, 0, 1, 5);
    std::vector<uint8_t> mask(field.size());
    for (int64_t i = 0; i < voxels_of(shape); ++i) {
      const int64_t s = i / (17 * 40), column = i % (17 * 40);
      mask[i] = field[i] > threshold && s >= layer.from[column] && s < layer.to[column];
    }
    std::vector<int32_t> wanted(field.size());
    const auto parts = label(mask.data(), shape, Connectivity::corners, 3, wanted.data(), 1);

    // Cut at other places than words or slabs, and put together backwards.
    std::vector<VoxelRun> runs;
    std::vector<float> peaks;
    for (int64_t v0 : {9, 0})
      for (int64_t u0 : {27, 14, 0}) {
        const Index3 origin = {0, v0, u0}, extent = {13, v0 == 0 ? 9 : 8, u0 == 0 ? 14 : 13};
        std::vector<float> part;
        for (int64_t s = 0; s < extent[0]; ++s)
          for (int64_t v = 0; v < extent[1]; ++v)
            for (int64_t u = 0; u < extent[2]; ++u) part.push_back(field[(s * 17 + v0 + v) * 40 + u0 + u]);
        const RunsBeyond found = runs_beyond(part.data(), origin, extent, layer.columns, threshold, 3);
        runs.insert(runs.end(), found.runs.begin(), found.runs.end());
        peaks.insert(peaks.end(), found.peaks.begin(), found.peaks.end());
      }
    std::vector<int32_t> labels(runs.size());
    CHECK_EQUAL(label_runs(runs.data(), static_cast<int64_t>(runs.size()), 3, labels.data()), static_cast<int64_t>(parts.size()));
    std::vector<int32_t> painted(field.size(), 0);
    for (size_t i = 0; i < runs.size(); ++i) {
      float peak = 0;
      for (int64_t u = runs[i].begin; u < runs[i].end; ++u) {
        const int64_t at = (runs[i].s * int64_t{17} + runs[i].v) * 40 + u;
        CHECK(mask[at] == 1);
        painted[at] = labels[i];
        peak = std::max(peak, field[at]);
      }
      CHECK(peak == peaks[i]);
    }
    CHECK(painted == wanted);
  }
}

TEST("no runs have no parts") { CHECK_EQUAL(label_runs(nullptr, 0, 1, nullptr), 0); }

TEST("the electrolyte around a voxel is that of the layer, whatever lies beside it") {
  const Index3 shape = {30, 9, 10}, origin = {0, 0, 0};
  const Layer layer(shape, 10, 20);
  std::vector<float> grey(static_cast<size_t>(voxels_of(shape)));
  for (int64_t i = 0; i < voxels_of(shape); ++i) grey[i] = i / 90 >= 10 && i / 90 < 20 ? 600.0f : 40000.0f;
  const auto around = same_everywhere<float>(voxels_of(shape), [&](float* to, int threads) {
    electrolyte_around(grey.data(), origin, shape, layer.columns, 500, 2, to, threads);
  });
  for (int64_t i = 0; i < voxels_of(shape); ++i) CHECK_NEAR(around[i], i / 90 >= 8 && i / 90 < 22 ? 600 : i / 90 < 2 || i / 90 >= 28 ? 500 : around[i], 0.01);
}

TEST("fractions are of the electrolyte around, and 0 where nothing is known") {
  std::vector<float> around = {28000, 28000, 8000, 28000};
  std::vector<float> unfiltered = {21000, NAN, 2100, -2100}, filtered = {10500, NAN, 630, 0};
  crack_fractions(unfiltered.data(), filtered.data(), around.data(), 4, 7000, 6300, 2);
  CHECK((unfiltered == std::vector<float>{1, 0, static_cast<float>(2100.0 / 6300), static_cast<float>(-0.1)}));
  CHECK((filtered == std::vector<float>{0.5, 0, static_cast<float>(0.1), 0}));
}
