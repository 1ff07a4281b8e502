#include "core/motion.h"

#include <cmath>

namespace tomolapse {

Matrix4 product(const Matrix4& a, const Matrix4& b) {
  Matrix4 c{};
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j)
      for (int k = 0; k < 4; ++k) c[i * 4 + j] += a[i * 4 + k] * b[k * 4 + j];
  return c;
}

Matrix4 inverse(const Matrix4& m) {
  double scale2 = 0;
  for (int j = 0; j < 3; ++j) scale2 += m[j] * m[j];
  Matrix4 r{};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) r[i * 4 + j] = m[j * 4 + i] / scale2;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) r[i * 4 + 3] -= r[i * 4 + j] * m[j * 4 + 3];
  r[15] = 1;
  return r;
}

Matrix4 motion(const double* t, const double* w, double log_scale, const Place& center) {
  const double angle = std::sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
  double rotation[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  if (angle > 0) {
    const double x = w[0] / angle, y = w[1] / angle, z = w[2] / angle, s = std::sin(angle), c = 1 - std::cos(angle);
    const double k[9] = {0, -z, y, z, 0, -x, -y, x, 0};
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) {
        double square = 0;
        for (int m = 0; m < 3; ++m) square += k[i * 3 + m] * k[m * 3 + j];
        rotation[i * 3 + j] += s * k[i * 3 + j] + c * square;
      }
  }
  const double scale = std::exp(log_scale);
  Matrix4 m{};
  for (int i = 0; i < 3; ++i) {
    double moved = 0;
    for (int j = 0; j < 3; ++j) {
      m[i * 4 + j] = scale * rotation[i * 3 + j];
      moved += m[i * 4 + j] * center[j];
    }
    m[i * 4 + 3] = center[i] - moved + t[i];
  }
  m[15] = 1;
  return m;
}

Matrix4 on_level(const Matrix4& m, int factor) {
  const double shift = (factor - 1) / 2.0;
  Matrix4 level = m;
  for (int i = 0; i < 3; ++i) {
    double constant = m[i * 4 + 3] - shift;
    for (int j = 0; j < 3; ++j) constant += m[i * 4 + j] * shift;
    level[i * 4 + 3] = constant / factor;
  }
  return level;
}

Matrix4 off_level(const Matrix4& m, int factor) {
  const double shift = (factor - 1) / 2.0;
  Matrix4 view = m;
  for (int i = 0; i < 3; ++i) {
    double constant = m[i * 4 + 3] * factor + shift;
    for (int j = 0; j < 3; ++j) constant -= m[i * 4 + j] * shift;
    view[i * 4 + 3] = constant;
  }
  return view;
}

}  // namespace tomolapse
