// Rings that a detector's pixels leave about the rotation axis: fixed to the detector, not to the sample.
#pragma once
#include <vector>

#include "core/volume.h"

namespace tomolapse {

struct RingOptions {
  double center[2];      // of the disc that is looked at, (v, u)
  double radius;         // of that disc
  int64_t from, to;      // slices
  int threads;
};

struct Rings {
  int64_t radii = 0;         // entries a slice: radius 0, 1, 2 … voxels about the middle of the field
  std::vector<float> table;  // [slice of the view][radius], grey values to take off; 0 outside the disc and the slices
  // Power of the rings over what the scatter among sectors of a ring would leave by chance: 1 without rings.
  double strength = 0;
};

// Mean over each ring of each slice inside the disc, less what all slices share over ±8 radii.
Rings find_rings(const View& view, const RingOptions& options);

// Takes rings off a block whose first voxel lies at `origin` of the view; linear between radii.
void take_off_rings(const float* table, int64_t radii, const Index3& view_shape, const Index3& origin, const Index3& extent,
                    float* block, int threads);

}  // namespace tomolapse
