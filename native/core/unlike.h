// Where planes of a slab stop being like another plane, chunk by chunk.
#pragma once
#include <cstdint>

#include "core/volume.h"

namespace tomolapse {

// A slab (z, y, x) of voxels of `voxel_bytes` each and a plane of the same rows, cut along y and x into columns of chunk × chunk
// voxels, the last ones smaller: first[column] is the first plane of the slab that differs there from the plane, shape[0] where none
// does. Columns are in raster order.
void first_unlike(const uint8_t* slab, const Index3& shape, int64_t voxel_bytes, int64_t chunk, const uint8_t* plane,
                  int32_t* first, int threads = 1);

}  // namespace tomolapse
