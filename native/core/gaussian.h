// Gaussian smoothing of a float block.
#pragma once
#include <functional>
#include <vector>

#include "core/border.h"
#include "core/volume.h"

namespace tomolapse {

// The filter's radius, ⌊4σ + ½⌋ voxels as in scipy: what a block needs around it for its inside to be right.
int gaussian_radius(double sigma);
// Weights 0 … radius of a normalised Gaussian, centre first.
std::vector<float> gaussian_weights(double sigma);

// Convolves `in` (shape, last axis fastest) with a Gaussian of `sigma` voxels along every axis into `out`, which must be
// another block. Same bytes whatever the threads and instructions. Throws std::invalid_argument when sigma is not a number ≥ 0.
void gaussian(const float* in, const Index3& shape, double sigma, Border border, float* out, int threads);

// A block whose rows are made when the filter comes to them, so that it need not be held.
struct MadeRows {
  // The voxels there are, [low, high), seen from the first voxel of the output.
  Index3 low, high;
  // Voxels [begin, end) of row (z, y): written to `scratch`, or where they lie already. Called by many threads, for some rows
  // more than once.
  std::function<const float*(int64_t z, int64_t y, int64_t begin, int64_t end, float* scratch)> row;
  // Rows are made in `scratch` and may lack numbers (NaN) at their ends: those count as 0, and are missing in the output again.
  bool holes = false;
  // When not null, takes the output's voxels as they were made.
  float* unfiltered = nullptr;
};

// The same for a block that is made row by row.
void gaussian(const MadeRows& in, const Index3& shape, double sigma, Border border, float* out, int threads);

}  // namespace tomolapse
