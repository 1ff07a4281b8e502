// A few voxels of a large volume, as runs along u: found in one box after another, labelled together.
#pragma once
#include <vector>

#include "core/electrolyte.h"

namespace tomolapse {

// Voxels [begin, end) of row (s, v) of a view.
struct VoxelRun {
  int32_t s, v, begin, end;
};

struct RunsBeyond {
  std::vector<VoxelRun> runs;  // raster order
  std::vector<float> peaks;    // the greatest value of each
};

// Runs of the voxels of a layer whose value in `field`, a box that begins at `origin`, is greater than `threshold`.
RunsBeyond runs_beyond(const float* field, const Index3& origin, const Index3& extent, const LayerColumns& layer, double threshold, int threads);

// The parts, corners counting as neighbours, of `count` runs in any order that do not overlap: `labels` gets 1 + the index of
// each run's part, 0 where the part has fewer than `min_voxels`. Parts are in the order of their first voxel. Returns how many.
int64_t label_runs(const VoxelRun* runs, int64_t count, int64_t min_voxels, int32_t* labels);

}  // namespace tomolapse
