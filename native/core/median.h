// Median of 16-bit voxels under any footprint.
#pragma once
#include <vector>

#include "core/volume.h"

namespace tomolapse {

// Offsets (z, y, x) of the voxels that a filter looks at.
using Footprint = std::vector<Index3>;
Footprint ball(double radius);  // r² ≤ radius²: 123 voxels at 3, as Fiji's "Median 3D"
Footprint cube(int radius);     // (2 · radius + 1)³
int64_t reach(const Footprint& footprint);  // the largest offset along any axis

// `fiji`: the footprint is cut off at the border, and the median of an even count is the mean of the middle two, halves
// rounded up. `reflect`, `nearest`: see border.h; of an even footprint the upper of the middle two, as scipy.
enum class MedianBorder { fiji, reflect, nearest };

// The exact median of `in` (shape, last axis fastest) into another block `out`.
// Throws std::invalid_argument when the footprint is empty or has more than 32 767 voxels.
void median(const int16_t* in, const Index3& shape, const Footprint& footprint, MedianBorder border, int16_t* out, int threads);

}  // namespace tomolapse
