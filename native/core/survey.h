// One look at a scan: what is at the limits of its type, and which planes hold nothing. Of up to 2²⁸ voxels every one is looked
// at; of more, rows of each plane as far apart as leaves so many: counts are made up for it, and planes across y not told.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "core/volume.h"

namespace tomolapse {

struct Survey {
  float minimum = 0, maximum = 0;
  int64_t not_numbers = 0;  // infinities among them
  // Planes across z, y, x whose voxels are all equal.
  std::array<std::vector<int64_t>, 3> constant;
  // Voxels at the lower and upper limit of an integer type, of a float the scan's extremes; those of constant planes of z
  // left out. `masked` of the low ones lie outside a round field of view: in columns along one axis that hold nothing else.
  int64_t low = 0, high = 0, masked = 0;
  // A regular sample of grey values, sorted.
  std::vector<float> sample;
};

// Throws ReadError.
Survey survey(const Volume& volume, int64_t sample_size, int threads = 1);

// Parts of the voxels of a box of a view that are at the lower and at the upper limit of the type; 0 for floats.
struct AtLimits {
  double low = 0, high = 0;
};
AtLimits at_limits(const View& view, const Index3& origin, const Index3& extent, int threads = 1);

}  // namespace tomolapse
