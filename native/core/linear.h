// Small dense symmetric systems.
#pragma once
#include <cmath>
#include <cstddef>
#include <vector>

namespace tomolapse {

// Inverse of a symmetric positive definite n × n matrix (row-major) by Cholesky; false when it is not positive definite.
inline bool invert_spd(const std::vector<double>& a, int n, std::vector<double>& inverse) {
  std::vector<double> lower(static_cast<size_t>(n) * n, 0.0);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (int k = 0; k < j; ++k) sum -= lower[i * n + k] * lower[j * n + k];
      if (i == j) {
        if (!(sum > 1e-12 * std::abs(a[i * n + i])) || !(sum > 0)) return false;
        lower[i * n + i] = std::sqrt(sum);
      } else {
        lower[i * n + j] = sum / lower[j * n + j];
      }
    }
  inverse.assign(static_cast<size_t>(n) * n, 0.0);
  for (int column = 0; column < n; ++column) {
    std::vector<double> x(n, 0.0);
    for (int i = 0; i < n; ++i) {
      double sum = i == column ? 1.0 : 0.0;
      for (int k = 0; k < i; ++k) sum -= lower[i * n + k] * x[k];
      x[i] = sum / lower[i * n + i];
    }
    for (int i = n - 1; i >= 0; --i) {
      double sum = x[i];
      for (int k = i + 1; k < n; ++k) sum -= lower[k * n + i] * x[k];
      x[i] = sum / lower[i * n + i];
    }
    for (int i = 0; i < n; ++i) inverse[i * n + column] = x[i];
  }
  return true;
}

}  // namespace tomolapse
