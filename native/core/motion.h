// Motions of a body as matrices on (s, v, u, 1), row-major.
#pragma once
#include <array>

#include "core/volume.h"

namespace tomolapse {

using Matrix4 = std::array<double, 16>;
using Place = std::array<double, 3>;

constexpr Matrix4 kUnmoved = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};

Matrix4 product(const Matrix4& a, const Matrix4& b);

// Of a similarity: the linear part is a scale times a rotation.
Matrix4 inverse(const Matrix4& m);

inline Place moved_by(const Matrix4& m, const Place& p) {
  Place to{};
  for (int i = 0; i < 3; ++i) to[i] = m[i * 4] * p[0] + m[i * 4 + 1] * p[1] + m[i * 4 + 2] * p[2] + m[i * 4 + 3];
  return to;
}

// exp of a motion: turn by `w` (radians about s, v, u) about `center`, scale by exp(log_scale) about it, then shift by `t`.
Matrix4 motion(const double* t, const double* w, double log_scale, const Place& center);

// From a matrix on voxels to one on the voxels of a level of the pyramid, and back.
Matrix4 on_level(const Matrix4& m, int factor);
Matrix4 off_level(const Matrix4& m, int factor);

}  // namespace tomolapse
