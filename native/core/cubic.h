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
