// Noise in small blocks, from second differences: blind to constant grey values and to gradients.
#pragma once
#include <vector>

#include "core/volume.h"

namespace tomolapse {

// A block of 8³ voxels. The standard deviations of noise that would make its second differences, along the axis that is
// the median of the three: `fine` between neighbours, `coarse` over three voxels, which noise that neighbours share
// reaches in full. They agree where noise is white and nothing else is there. Negative where the block touches a limit.
struct NoiseBlock {
  Index3 origin;
  float mean, fine, coarse;
};

// About `most` blocks spread over the volume, in a fixed order; voxels at or beyond `low` or `high` mark a block.
std::vector<NoiseBlock> noise_blocks(const Volume& volume, int64_t most, float low, float high, int threads = 1);

}  // namespace tomolapse
