// Volumes seen through an affine transform, interpolated once with a cubic kernel.
#pragma once
#include "core/volume.h"

namespace tomolapse {

// Row-major 3×4: source position = M · (s, v, u, 1), both in voxels of the view.
using Affine = std::array<double, 12>;

enum class Interpolation {
  keys,    // Keys' cubic convolution, a = −½ (Catmull–Rom): 4 × 4 × 4 voxels
  spline,  // cubic B-spline through the voxels, half the error of keys; its prefilter is cut off at 12 voxels (10⁻⁷)
};

// Whether the transform only shifts by whole voxels, and by how many.
bool whole_shift(const Affine& matrix, Index3& shift);

// The box [origin, origin + extent) of the output grid: out[p] = source(M · p), u fastest. NaN where a position lies more
// than half a voxel outside the source; between, the nearest voxel repeats. Whole shifts copy voxels exactly. A voxel's
// bytes depend on M and its position alone, not on the box it is asked for in, nor on `threads`.
// Source voxels are read tile by tile (up to 16 MiB a thread). Throws ReadError.
void resample_block(const View& source, const Affine& matrix, const Index3& origin, const Index3& extent,
                    Interpolation interpolation, float* out, int threads);

}  // namespace tomolapse
