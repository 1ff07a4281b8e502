// Rigid registration of two scans by Gauss–Newton on grey values, inverse compositional (Baker & Matthews 2004).
#pragma once
#include <vector>

#include "core/motion.h"

namespace tomolapse {

enum class MotionModel { shift, rigid, similarity };

// A box of level voxels; samples are taken in its inside, its surroundings are read along for the filter.
struct Patch {
  Index3 origin, extent;
};

// Where the material is at rest: cell (s, v, u) of the mask covers [i * cell, (i + 1) * cell) view voxels.
struct RestMask {
  const uint8_t* cells = nullptr;
  Index3 shape{};
  double cell = 1;
};

struct RegisterOptions {
  MotionModel model = MotionModel::rigid;
  int factor = 1;        // level of the pyramid
  int binned = 1;        // the level that the views already are, a divisor of `factor`: all else is told in voxels of the scans
  double sigma = 1;      // Gaussian applied to both, in level voxels; the spline between voxels is part of it, so it is at least √⅓
  int stride = 2;        // every which voxel is a sample
  int iterations = 30;
  double tolerance = 1e-4;  // ends when a step moves no corner of the patches by more, in level voxels
  std::vector<Patch> patches;
  RestMask mask;
  Matrix4 start{};
  Place center{};  // rotations turn about it
  // Rings to take off at full resolution, see ring_table.h: [slice][radius] of each view; none where null.
  const float* reference_rings = nullptr;
  const float* moved_rings = nullptr;
  int64_t reference_radii = 0, moved_radii = 0;
  int threads = 0;
};

// Displacement of one part of the region after the fit, in view voxels.
struct LocalShift {
  Place position, shift;
  double sigma;  // of the shift along s
  double weight;
};

struct RegisterResult {
  Matrix4 matrix{};  // view position in the reference → in the moved scan
  double gain = 1, offset = 0;
  int parameters = 6;
  // Of (shift s, v, u, rotation about s, v, u, log scale), about `center`, in view voxels and radians; from the scatter of
  // the score among blocks of samples, so correlated noise and interpolation count as what they do.
  std::array<double, 49> covariance{};
  double correlation_before = 0, correlation = 0;
  double residual = 0;  // robust standard deviation of what is left, grey values
  double inliers = 0;   // weight kept by the robust fit, 0 … 1
  int64_t samples = 0;
  int iterations = 0;
  bool converged = false;
  std::vector<LocalShift> local;
};

// Throws std::runtime_error when fewer than 1 000 samples lie in both scans.
RegisterResult register_views(const View& reference, const View& moved, const RegisterOptions& options);

}  // namespace tomolapse
