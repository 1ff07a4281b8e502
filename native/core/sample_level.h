// Coarse copies of a volume that read only a part of its voxels: what a first picture of a huge file needs.
#pragma once
#include "core/resample.h"

namespace tomolapse {

// Voxel p of the level has its centre at position M · (step · p + (step − 1) / 2) of the file. It is the mean of `step` voxels
// along x on taps × taps rows spread evenly over the step (taps = step: of all step³), as many as lie inside the file; NaN where
// none does. Voxels that are no finite number count as 0. The box [origin, origin + extent) of the level, x fastest.
void sample_level(const Volume& volume, const Affine& matrix, int64_t step, int64_t taps, const Index3& origin,
                  const Index3& extent, float* out, int threads);

}  // namespace tomolapse
