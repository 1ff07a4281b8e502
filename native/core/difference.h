// The difference image: one scan subtracted from another, both seen on the reference's grid, filtered once.
#pragma once
#include "core/resample.h"

namespace tomolapse {

// A scan on the reference's grid: reference voxel → its own voxel, and its grey values brought to the reference's.
struct PlacedScan {
  View view;
  Affine matrix{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0};
  double gain = 1, offset = 0;  // grey = gain * reference grey + offset
  // The reconstruction filled a circle of this radius about the middle of the scan's (v, u); 0: the whole field.
  double field_radius = 0;
};

// G_sigma(before − after) over the box [origin, origin + extent) of the reference grid, NaN where a scan does not reach.
// Gaussian of the difference equals the difference of Gaussians, so it is applied once; 0 leaves it out. `unfiltered`, when
// it is given, takes before − after itself.
void difference_block(const PlacedScan& before, const PlacedScan& after, const Index3& origin, const Index3& extent, double sigma,
                      float* out, int threads, float* unfiltered = nullptr);

// One scan on the reference's grid, grey values matched, unfiltered; NaN where it does not reach.
void place_block(const PlacedScan& scan, const Index3& origin, const Index3& extent, float* out, int threads);

}  // namespace tomolapse
