// Cubic interpolation inside a block of voxels.
#pragma once
#include <cmath>

#include "core/volume.h"

namespace tomolapse {

// Keys' kernel with a = −1/2: weights of the voxels at −1, 0, 1, 2 for the place t in [0, 1).
inline void keys_weights(float t, float* w) {
  const float t2 = t * t, t3 = t2 * t;
  w[0] = 0.5f * (-t + 2 * t2 - t3);
  w[1] = 0.5f * (2 - 5 * t2 + 3 * t3);
  w[2] = 0.5f * (t + 4 * t2 - 3 * t3);
  w[3] = 0.5f * (t3 - t2);
}

// Their derivatives by t.
inline void keys_slopes(float t, float* w) {
  const float t2 = t * t;
  w[0] = 0.5f * (-1 + 4 * t - 3 * t2);
  w[1] = 0.5f * (-10 * t + 9 * t2);
  w[2] = 0.5f * (1 + 8 * t - 9 * t2);
  w[3] = 0.5f * (3 * t2 - 2 * t);
}

// Value and gradient at a place of the block; false where one of the 64 voxels is outside.
inline bool cubic_at(const float* block, const Index3& shape, const double* at, float& value, double* gradient) {
  int64_t base[3];
  float w[3][4], d[3][4];
  for (int axis = 0; axis < 3; ++axis) {
    const double floor = std::floor(at[axis]);
    base[axis] = static_cast<int64_t>(floor) - 1;
    if (base[axis] < 0 || base[axis] + 3 >= shape[axis]) return false;
    keys_weights(static_cast<float>(at[axis] - floor), w[axis]);
    keys_slopes(static_cast<float>(at[axis] - floor), d[axis]);
  }
  float sum = 0, ds = 0, dv = 0, du = 0;
  for (int i = 0; i < 4; ++i) {
    float plane = 0, plane_v = 0, plane_u = 0;
    for (int j = 0; j < 4; ++j) {
      const float* r = block + ((base[0] + i) * shape[1] + base[1] + j) * shape[2] + base[2];
      const float line = w[2][0] * r[0] + w[2][1] * r[1] + w[2][2] * r[2] + w[2][3] * r[3];
      plane += w[1][j] * line;
      plane_v += d[1][j] * line;
      plane_u += w[1][j] * (d[2][0] * r[0] + d[2][1] * r[1] + d[2][2] * r[2] + d[2][3] * r[3]);
    }
    sum += w[0][i] * plane;
    ds += d[0][i] * plane;
    dv += w[0][i] * plane_v;
    du += w[0][i] * plane_u;
  }
  value = sum;
  gradient[0] = ds;
  gradient[1] = dv;
  gradient[2] = du;
  return true;
}

// Value at a place of the block; false where one of the 64 voxels is outside.
inline bool cubic_at(const float* block, const Index3& shape, const double* at, float& value) {
  int64_t base[3];
  float w[3][4];
  for (int axis = 0; axis < 3; ++axis) {
    const double floor = std::floor(at[axis]);
    base[axis] = static_cast<int64_t>(floor) - 1;
    if (base[axis] < 0 || base[axis] + 3 >= shape[axis]) return false;
    keys_weights(static_cast<float>(at[axis] - floor), w[axis]);
  }
  float sum = 0;
  for (int i = 0; i < 4; ++i) {
    float plane = 0;
    for (int j = 0; j < 4; ++j) {
      const float* r = block + ((base[0] + i) * shape[1] + base[1] + j) * shape[2] + base[2];
      plane += w[1][j] * (w[2][0] * r[0] + w[2][1] * r[1] + w[2][2] * r[2] + w[2][3] * r[3]);
    }
    sum += w[0][i] * plane;
  }
  value = sum;
  return true;
}

}  // namespace tomolapse
