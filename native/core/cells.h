// Ranges of counts in cells: what lets a renderer skip what its transfer function does not show.
#pragma once
#include <cstdint>

#include "core/volume.h"

namespace tomolapse {

// Widens the ranges of the cells that planes [first, first + planes) of a volume reach. `in` holds the planes, (planes, ny, nx);
// `ranges` the least and the most count of each cell, (⌈nz/cell⌉, ⌈ny/cell⌉, ⌈nx/cell⌉, 2), 65535 and 0 where nothing was taken in
// yet. A cell has one voxel around it: what linear interpolation can reach inside the cell.
void widen_cells(const uint16_t* in, int64_t first, int64_t planes, const Index3& shape, int64_t cell, uint16_t* ranges,
                 int threads = 1);

}  // namespace tomolapse
