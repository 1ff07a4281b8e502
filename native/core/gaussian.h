// Gaussian smoothing of a float block.
#pragma once
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

}  // namespace tomolapse
