// Where to begin: the whole-voxel shift between two coarse scans.
#pragma once
#include <array>
#include <vector>

#include "core/volume.h"

namespace tomolapse {

struct CorrelationPeak {
  std::array<double, 3> shift;  // a feature at p of the reference lies at p + shift in the moved scan
  double score;                 // normalised correlation times the share of the mask that lies in both, −1 … 1
};

// Correlation of what `mask` marks in the reference with the moved block, normalised at each shift by the energy it meets
// there (Lewis 1995; masked as by Padfield 2012), not whitened: whitening finds the fixed noise instead of the shift. Shifts up to half of
// each edge, of which at least 30 % of the mask must stay in view. The `count` best local maxima, best first.
std::vector<CorrelationPeak> correlate(const float* reference, const uint8_t* mask, const Index3& reference_shape,
                                       const float* moved, const Index3& moved_shape, int count, int threads);

}  // namespace tomolapse
