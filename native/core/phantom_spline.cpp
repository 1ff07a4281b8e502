#include "core/phantom_spline.h"

#include <algorithm>
#include <limits>

namespace tomolapse {
namespace {

void bspline_weights(double t, double* w) {
  const double s = 1 - t;
  w[0] = s * s * s / 6;
  w[1] = (4 - 6 * t * t + 3 * t * t * t) / 6;
  w[2] = (4 - 6 * s * s + 3 * s * s * s) / 6;
  w[3] = t * t * t / 6;
}

}  // namespace

int64_t cell_along(double at, double origin, double spacing, int64_t n, double* inside) {
  const double t = (at - origin) / spacing;
  const double low = 1, high = static_cast<double>(n - 2);
  const double kept = std::clamp(t, low, high);
  const int64_t cell = std::min(static_cast<int64_t>(kept), n - 3);
  if (inside) *inside = kept - static_cast<double>(cell);
  return cell;
}

Knots knots_at(const PlaneSpline& spline, double at0, double at1) {
  Knots knots;
  double t0, t1;
  knots.first0 = cell_along(at0, spline.origin0, spline.spacing, spline.n0, &t0) - 1;
  knots.first1 = cell_along(at1, spline.origin1, spline.spacing, spline.n1, &t1) - 1;
  bspline_weights(t0, knots.weight0);
  bspline_weights(t1, knots.weight1);
  return knots;
}

double value_at(const PlaneSpline& spline, const Knots& knots) {
  double sum = 0;
  for (int i = 0; i < 4; ++i) {
    const double* row = &spline.coefficients[static_cast<size_t>((knots.first0 + i) * spline.n1 + knots.first1)];
    sum += knots.weight0[i] *
           (knots.weight1[0] * row[0] + knots.weight1[1] * row[1] + knots.weight1[2] * row[2] + knots.weight1[3] * row[3]);
  }
  return sum;
}

double value_at(const PlaneSpline& spline, double at0, double at1) { return value_at(spline, knots_at(spline, at0, at1)); }

void hull_of(const PlaneSpline& spline, int64_t cell0, int64_t cell1, double* least, double* greatest) {
  *least = std::numeric_limits<double>::infinity();
  *greatest = -*least;
  for (int64_t i = cell0 - 1; i <= cell0 + 2; ++i)
    for (int64_t j = cell1 - 1; j <= cell1 + 2; ++j) {
      const double c = spline.coefficients[static_cast<size_t>(i * spline.n1 + j)];
      *least = std::min(*least, c);
      *greatest = std::max(*greatest, c);
    }
}

}  // namespace tomolapse
