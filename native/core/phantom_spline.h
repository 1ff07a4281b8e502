// Smooth functions over a plane: the heights of a phantom's surfaces.
#pragma once
#include <cstdint>
#include <vector>

namespace tomolapse {

// A smooth function over a plane as a cubic B-spline: coefficient (i, j) stands at (origin0 + i·spacing, origin1 + j·spacing).
// Outside the outermost knots the nearest value repeats.
struct PlaneSpline {
  double origin0 = 0, origin1 = 0, spacing = 1;
  int64_t n0 = 0, n1 = 0;
  std::vector<double> coefficients;
};

// The sixteen knots that a place of the plane sees, and their weights; good for all splines on the same knots.
struct Knots {
  int64_t first0, first1;
  double weight0[4], weight1[4];
};
Knots knots_at(const PlaneSpline& spline, double at0, double at1);
double value_at(const PlaneSpline& spline, const Knots& knots);
double value_at(const PlaneSpline& spline, double at0, double at1);

// The spline's cell along one axis: index of its lower knot, kept so that four knots exist, and the place inside it.
int64_t cell_along(double at, double origin, double spacing, int64_t n, double* inside);

// The least and greatest value over a cell, by the hull of its sixteen coefficients.
void hull_of(const PlaneSpline& spline, int64_t cell0, int64_t cell1, double* least, double* greatest);

}  // namespace tomolapse
