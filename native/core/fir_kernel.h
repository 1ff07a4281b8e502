// The filters of fir.h for one instruction set; see lanes.h.
#include "core/lanes.h"

namespace tomolapse::TOMOLAPSE_KERNELS {

void filter_across(const float* const* rows, const float* weight, int radius, int64_t count, float* out) {
  const float* const* middle = rows + radius;
  int64_t x = 0;
  for (; x + 2 * float_lanes <= count; x += 2 * float_lanes) {
    Floats a = weight[0] * load(middle[0] + x), b = weight[0] * load(middle[0] + x + float_lanes);
    for (int k = 1; k <= radius; ++k) {
      a += weight[k] * (load(middle[-k] + x) + load(middle[k] + x));
      b += weight[k] * (load(middle[-k] + x + float_lanes) + load(middle[k] + x + float_lanes));
    }
    store(out + x, a);
    store(out + x + float_lanes, b);
  }
  for (; x < count; ++x) {
    float a = weight[0] * middle[0][x];
    for (int k = 1; k <= radius; ++k) a += weight[k] * (middle[-k][x] + middle[k][x]);
    out[x] = a;
  }
}

void filter_along(const float* row, const float* weight, int radius, int64_t count, float* out) {
  int64_t x = 0;
  for (; x + 2 * float_lanes <= count; x += 2 * float_lanes) {
    Floats a = weight[0] * load(row + x), b = weight[0] * load(row + x + float_lanes);
    for (int k = 1; k <= radius; ++k) {
      a += weight[k] * (load(row + x - k) + load(row + x + k));
      b += weight[k] * (load(row + x + float_lanes - k) + load(row + x + float_lanes + k));
    }
    store(out + x, a);
    store(out + x + float_lanes, b);
  }
  for (; x < count; ++x) {
    float a = weight[0] * row[x];
    for (int k = 1; k <= radius; ++k) a += weight[k] * (row[x - k] + row[x + k]);
    out[x] = a;
  }
}

}  // namespace tomolapse::TOMOLAPSE_KERNELS
