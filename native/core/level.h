// Coarser copies of a view by averaging cubes of voxels.
#pragma once
#include "core/volume.h"

namespace tomolapse {

// Voxel i of level `factor` has its centre at factor * i + (factor - 1) / 2 of the view.
inline Index3 level_shape(const Index3& shape, int factor) {
  return {shape[0] / factor, shape[1] / factor, shape[2] / factor};
}

// The box [origin, origin + extent) of the level, each voxel the mean of factor³ voxels of the view; what lies outside the
// level repeats its border. Memory: one slab of factor slices a thread.
void read_level(const View& view, int factor, const Index3& origin, const Index3& extent, float* out, int threads);

// The whole level as a volume in memory, along the view's axes. Of each cube only taps × taps rows along the file's x are read
// (see sample_level.h; taps = factor: all).
std::shared_ptr<const Volume> hold_level(const View& view, int factor, int taps, int threads);

}  // namespace tomolapse
