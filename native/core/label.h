// Connected parts of a mask.
#pragma once
#include <vector>

#include "core/volume.h"

namespace tomolapse {

struct Component {
  int64_t voxels;
  Index3 min, max;  // half open
};

enum class Connectivity { faces = 6, corners = 26 };

// The parts of `mask` (shape, not 0: inside) that hang together and have at least `min_voxels`, in the order of their first
// voxel, z slowest. `labels`, when not null, gets 1 + the index of each voxel's part, 0 where there is none.
std::vector<Component> label(const uint8_t* mask, const Index3& shape, Connectivity connectivity, int64_t min_voxels,
                             int32_t* labels, int threads);

// Grows or shrinks a mask by a ball, r² ≤ radius²; `out` (another block) gets 0 or 1. Beyond the border nothing grows in
// and nothing shrinks away.
void dilate(const uint8_t* mask, const Index3& shape, double radius, uint8_t* out, int threads);
void erode(const uint8_t* mask, const Index3& shape, double radius, uint8_t* out, int threads);

}  // namespace tomolapse
