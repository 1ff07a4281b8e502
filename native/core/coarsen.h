// Coarse levels of fraction volumes and what lets a renderer skip empty space.
#pragma once
#include <cstdint>

#include "core/volume.h"

namespace tomolapse {

// Means of 2×2×2 voxels of `in` (z, y, x with `channels` values a voxel together), at the border of those there are.
// Sizes of `out` are rounded up. Values are 1/256 of a grey value, so that means of means stay true over many levels.
void halve(const uint16_t* in, const Index3& shape, int64_t channels, uint16_t* out, int threads = 1);

// `count` values times 256, and back, halves to even.
void to_fixed(const uint8_t* in, int64_t count, uint16_t* out);
void from_fixed(const uint16_t* in, int64_t count, uint8_t* out);

// Largest value of each channel in cells of `cell`×`cell` pixels of each plane, each cell with one pixel around it:
// what linear interpolation can reach inside the cell. `out` is (planes, ⌈ny/cell⌉, ⌈nx/cell⌉, channels).
void plane_maxima(const uint8_t* in, const Index3& shape, int64_t channels, int64_t cell, uint8_t* out, int threads = 1);

}  // namespace tomolapse
