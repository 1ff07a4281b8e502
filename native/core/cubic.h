// Cubic interpolation inside a block of voxels.
#pragma once
#include "core/volume.h"

namespace tomolapse {

typedef float Four __attribute__((vector_size(16)));
typedef float AnyFour __attribute__((vector_size(16), aligned(4), may_alias));

// Keys' kernel with a = −1/2: weights of the voxels at −1, 0, 1, 2 for the place t in [0, 1), and their derivatives by t.
inline void keys_weights(float t, Four& w) {
  constexpr Four one = {-0.5f, 0, 0.5f, 0}, two = {1, -2.5f, 2, -0.5f}, three = {-0.5f, 1.5f, -1.5f, 0.5f}, none = {0, 1, 0, 0};
  w = ((three * t + two) * t + one) * t + none;
}
inline void keys_slopes(float t, Four& w) {
  constexpr Four one = {-0.5f, 0, 0.5f, 0}, two = {2, -5, 4, -1}, three = {-1.5f, 4.5f, -4.5f, 1.5f};
  w = (three * t + two) * t + one;
}
inline float sum_of(const Four& lanes) { return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]); }

// Where in a block the 4 × 4 × 4 voxels around a place begin, and the place's fractions; false where one is outside.
inline bool cubic_voxels(const Index3& shape, const double* at, int64_t& first, float* fraction) {
  int64_t base[3];
  for (int axis = 0; axis < 3; ++axis) {
    const int64_t whole = static_cast<int64_t>(at[axis]);  // rounds down wherever it is inside
    base[axis] = whole - 1;
    if (base[axis] < 0 || base[axis] + 3 >= shape[axis]) return false;
    fraction[axis] = static_cast<float>(at[axis] - static_cast<double>(whole));
  }
  first = (base[0] * shape[1] + base[1]) * shape[2] + base[2];
  return true;
}

// Value and gradient at a place of the block; false where one of the 64 voxels is outside.
inline bool cubic_at(const float* block, const Index3& shape, const double* at, float& value, float* gradient) {
  int64_t first;
  float t[3];
  if (!cubic_voxels(shape, at, first, t)) return false;
  Four ws, wv, wu, ds, dv, du;
  keys_weights(t[0], ws);
  keys_weights(t[1], wv);
  keys_weights(t[2], wu);
  keys_slopes(t[0], ds);
  keys_slopes(t[1], dv);
  keys_slopes(t[2], du);
  Four sum{}, along_s{}, along_v{};
  for (int i = 0; i < 4; ++i) {
    Four plane{}, plane_v{};
    for (int j = 0; j < 4; ++j) {
      const Four row = *reinterpret_cast<const AnyFour*>(block + first + (i * shape[1] + j) * shape[2]);
      plane += wv[j] * row;
      plane_v += dv[j] * row;
    }
    sum += ws[i] * plane;
    along_s += ds[i] * plane;
    along_v += ws[i] * plane_v;
  }
  value = sum_of(wu * sum);
  gradient[0] = sum_of(wu * along_s);
  gradient[1] = sum_of(wu * along_v);
  gradient[2] = sum_of(du * sum);
  return true;
}

// Value at a place of the block; false where one of the 64 voxels is outside.
inline bool cubic_at(const float* block, const Index3& shape, const double* at, float& value) {
  int64_t first;
  float t[3];
  if (!cubic_voxels(shape, at, first, t)) return false;
  Four ws, wv, wu;
  keys_weights(t[0], ws);
  keys_weights(t[1], wv);
  keys_weights(t[2], wu);
  Four sum{};
  for (int i = 0; i < 4; ++i) {
    Four plane{};
    for (int j = 0; j < 4; ++j) plane += wv[j] * *reinterpret_cast<const AnyFour*>(block + first + (i * shape[1] + j) * shape[2]);
    sum += ws[i] * plane;
  }
  value = sum_of(wu * sum);
  return true;
}

}  // namespace tomolapse
