// What lets a renderer skip empty space.
#pragma once
#include <cstdint>

#include "core/volume.h"

namespace tomolapse {

// Largest value of each channel in cells of `cell`×`cell` pixels (an even number) of each plane of `in` (z, y, x, `channels` values a
// voxel together), each cell with one pixel around it: what linear interpolation can reach inside the cell. Then, for each channel,
// the quarters of the cell, with one pixel around them, where it reaches `least`: bit 2·(lower half) + (right half).
// `out` is (planes, ⌈ny/cell⌉, ⌈nx/cell⌉, 2·channels).
void plane_maxima(const uint8_t* in, const Index3& shape, int64_t channels, int64_t cell, const uint8_t* least, uint8_t* out,
                  int threads = 1);

}  // namespace tomolapse
