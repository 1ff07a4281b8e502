// The filters of fir.h for one instruction set; see lanes.h.
#include "core/lanes.h"

namespace tomolapse {
namespace {

// Radius −1 reads the radius at run time; a constant keeps the weights in registers: hence the copies, which the compiler
// knows that `out` does not overwrite.
constexpr int registers_most = 12;
template <int constant>
TOMOLAPSE_INLINE void across(const float* const* rows, const float* weight, int any_radius, int64_t count, float* out) {
  const int radius = constant < 0 ? any_radius : constant;
  const float *held[2 * registers_most + 1], *const *middle = rows + radius;
  float held_weight[registers_most + 1];
  if (constant >= 0) {
    for (int k = 0; k <= 2 * radius; ++k) held[k] = rows[k];
    for (int k = 0; k <= radius; ++k) held_weight[k] = weight[k];
    middle = held + radius;
    weight = held_weight;
  }
  int64_t x = 0;
  for (; x + 2 * float_lanes <= count; x += 2 * float_lanes) {
    Floats a = weight[0] * load(middle[0] + x), b = weight[0] * load(middle[0] + x + float_lanes);
#pragma GCC unroll 12
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

template <int constant>
TOMOLAPSE_INLINE void along(const float* row, const float* weight, int any_radius, int64_t count, float* out) {
  const int radius = constant < 0 ? any_radius : constant;
  float held_weight[registers_most + 1];
  if (constant >= 0) {
    for (int k = 0; k <= radius; ++k) held_weight[k] = weight[k];
    weight = held_weight;
  }
  int64_t x = 0;
  for (; x + 2 * float_lanes <= count; x += 2 * float_lanes) {
    Floats a = weight[0] * load(row + x), b = weight[0] * load(row + x + float_lanes);
#pragma GCC unroll 12
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

}  // namespace

namespace TOMOLAPSE_KERNELS {

void filter_across(const float* const* rows, const float* weight, int radius, int64_t count, float* out) {
  switch (radius) {
    case 2: return across<2>(rows, weight, radius, count, out);
    case 3: return across<3>(rows, weight, radius, count, out);
    case 4: return across<4>(rows, weight, radius, count, out);
    case 6: return across<6>(rows, weight, radius, count, out);
    case 8: return across<8>(rows, weight, radius, count, out);
    case 12: return across<12>(rows, weight, radius, count, out);
    default: return across<-1>(rows, weight, radius, count, out);
  }
}

void filter_along(const float* row, const float* weight, int radius, int64_t count, float* out) {
  switch (radius) {
    case 2: return along<2>(row, weight, radius, count, out);
    case 3: return along<3>(row, weight, radius, count, out);
    case 4: return along<4>(row, weight, radius, count, out);
    case 6: return along<6>(row, weight, radius, count, out);
    case 8: return along<8>(row, weight, radius, count, out);
    case 12: return along<12>(row, weight, radius, count, out);
    default: return along<-1>(row, weight, radius, count, out);
  }
}

}  // namespace TOMOLAPSE_KERNELS
}  // namespace tomolapse
