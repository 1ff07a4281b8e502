// Symmetric finite filters along one axis, the inner loops of Gaussian and spline prefilter.
// weight[0] is the centre's, weight[k] that of the neighbours at ±k; sums run from the centre outwards.
#pragma once
#include <cstdint>

namespace tomolapse {

// out[x] = Σ weight[|k|] · rows[k + radius][x], k = −radius … radius.
void filter_across(const float* const* rows, const float* weight, int radius, int64_t count, float* out);
// out[x] = Σ weight[|k|] · row[x + k]; row[−radius … count + radius) is read.
void filter_along(const float* row, const float* weight, int radius, int64_t count, float* out);

}  // namespace tomolapse
