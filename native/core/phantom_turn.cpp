#include "core/phantom_turn.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "core/parallel.h"

namespace tomolapse {
namespace {

using std::numbers::pi;
using Complex = std::complex<double>;

// Fourier transform of any length by its prime factors; `scratch` as long as `line`.
void transform(Complex* line, Complex* scratch, int64_t n, int64_t stride, const std::vector<Complex>& root, int64_t root_step) {
  if (n == 1) {
    scratch[0] = line[0];
    return;
  }
  int64_t p = 2;
  while (n % p != 0) ++p;
  const int64_t m = n / p;
  const int64_t whole = static_cast<int64_t>(root.size());
  for (int64_t q = 0; q < p; ++q) transform(line + q * stride, scratch + q * m, m, stride * p, root, root_step * p);
  std::vector<Complex> sum(static_cast<size_t>(p));
  for (int64_t k = 0; k < m; ++k) {
    for (int64_t r = 0; r < p; ++r) {
      sum[static_cast<size_t>(r)] = 0;
      for (int64_t q = 0; q < p; ++q) sum[static_cast<size_t>(r)] += scratch[q * m + k] * root[static_cast<size_t>((q * (k + r * m) * root_step) % whole)];
    }
    for (int64_t r = 0; r < p; ++r) scratch[r * m + k] = sum[static_cast<size_t>(r)];
  }
}

std::vector<Complex> roots(int64_t n, double sign) {
  std::vector<Complex> root;
  for (int64_t k = 0; k < n; ++k) root.push_back(std::polar(1.0, sign * 2 * pi * static_cast<double>(k) / static_cast<double>(n)));
  return root;
}

void transform_plane(std::vector<Complex>& plane, int64_t nv, int64_t nu, double sign) {
  const auto root_u = roots(nu, sign), root_v = roots(nv, sign);
  std::vector<Complex> line(static_cast<size_t>(std::max(nv, nu)));
  for (int64_t v = 0; v < nv; ++v) {
    transform(&plane[static_cast<size_t>(v * nu)], line.data(), nu, 1, root_u, 1);
    std::copy_n(line.begin(), nu, plane.begin() + v * nu);
  }
  for (int64_t u = 0; u < nu; ++u) {
    transform(&plane[static_cast<size_t>(u)], line.data(), nv, nu, root_v, 1);
    for (int64_t v = 0; v < nv; ++v) plane[static_cast<size_t>(v * nu + u)] = line[static_cast<size_t>(v)];
  }
}

}  // namespace

void spoil_turn(float* volume, const PhantomOptics& optics, int threads) {
  const Index3& shape = optics.shape;
  const int stack = optics.stack_axis, first = stack == 0 ? 1 : 0, second = stack == 2 ? 1 : 2;
  const int64_t nv = shape[first], nu = shape[second];
  const std::array<int64_t, 3> stride{shape[1] * shape[2], shape[2], 1};
  std::vector<Complex> factor(static_cast<size_t>(nv * nu));
  for (int64_t v = 0; v < nv; ++v)
    for (int64_t u = 0; u < nu; ++u) {
      const double fv = static_cast<double>(v <= nv / 2 ? v : v - nv) / static_cast<double>(nv);
      const double fu = static_cast<double>(u <= nu / 2 ? u : u - nu) / static_cast<double>(nu);
      if (v == 0 && u == 0) {
        factor[0] = 1;
        continue;
      }
      double theta = std::atan2(fv, fu);
      if (theta < 0) theta += pi;
      if (theta >= pi) theta -= pi;
      const double turn = theta / pi, radial = fv * std::sin(theta) + fu * std::cos(theta);
      const double shift = fv * optics.drift[0] * (turn - 0.5) + fu * optics.drift[1] * (turn - 0.5) + radial * optics.centre_error;
      const double seen = std::clamp((optics.turned - turn) / 0.01 + 0.5, 0.0, 1.0);
      factor[static_cast<size_t>(v * nu + u)] = std::polar(optics.turned < 1 ? seen : 1, -2 * pi * shift);
    }
  parallel_for(shape[stack], threads, [&](int64_t s) {
    std::vector<Complex> plane(static_cast<size_t>(nv * nu));
    auto at = [&](int64_t v, int64_t u) -> float& {
      return volume[static_cast<size_t>(s * stride[stack] + v * stride[first] + u * stride[second])];
    };
    for (int64_t v = 0; v < nv; ++v)
      for (int64_t u = 0; u < nu; ++u) plane[static_cast<size_t>(v * nu + u)] = at(v, u);
    transform_plane(plane, nv, nu, -1);
    for (size_t i = 0; i < plane.size(); ++i) plane[i] *= factor[i];
    transform_plane(plane, nv, nu, 1);
    for (int64_t v = 0; v < nv; ++v)
      for (int64_t u = 0; u < nu; ++u)
        at(v, u) = static_cast<float>(plane[static_cast<size_t>(v * nu + u)].real() / static_cast<double>(nv * nu));
  });
}

}  // namespace tomolapse
