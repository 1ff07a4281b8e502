// Exact Euclidean distance.
#pragma once
#include "core/volume.h"

namespace tomolapse {

// The distance of every voxel that is not 0 to the nearest voxel that is, between centres, `spacing` (z, y, x) long steps;
// 0 outside the mask, infinite when nothing is outside. Lower envelope of parabolas along one axis after the other
// (Meijster et al. 2000; Felzenszwalb and Huttenlocher, Theory Comput. 8, 2012). Needs no memory beside `out`.
// Throws std::invalid_argument when a spacing is not positive.
void distance(const uint8_t* mask, const Index3& shape, const std::array<double, 3>& spacing, float* out, int threads);

}  // namespace tomolapse
