// Halving of volumes for pyramids.
#pragma once
#include "core/volume.h"

namespace tomolapse {

// Shape of a volume of 2 × 2 × 2 means: halves, rounded up.
Index3 binned_shape(const Index3& shape);

// The mean of every 2 × 2 × 2 voxels (of as many as there are at the far border), `channels` numbers a voxel side by side.
// Integers are rounded, halves up. T: uint8_t, uint16_t, int16_t, float; Out: T, or uint16_t for bytes in 1/256.
template <class T, class Out>
void bin(const T* in, const Index3& shape, int channels, Out* out, int threads);

}  // namespace tomolapse
