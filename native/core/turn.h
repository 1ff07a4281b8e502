// Whether the projections of a scan fit together: angles that are missing, a wrong rotation axis, a sample that moved.
#pragma once
#include <array>
#include <vector>

#include "core/volume.h"

namespace tomolapse {

// A projection taken at angle θ is the line at θ of a slice's spectrum (the Fourier slice theorem). What happened to the
// projections can be undone there, up to noise; where undoing makes edges sharper, it happened.
struct TurnReading {
  int64_t tiles = 0;       // parts of slices in which an error of the axis would show
  // Widest range of angles (degrees) that holds less than an eighth of the spectrum's usual power, and where it begins.
  double missing = 0, missing_from = 0;
  // Rotation axis off by so many voxels, for a half turn that starts at `start` degrees, and by how much (part) its undoing
  // makes gradients sparser; 0 where nothing does.
  double centre_error = 0, start = 0, centre_gain = 0;
  // The same for a steady drift over the turn, voxels along the view's second and third axis.
  std::array<double, 2> drift{};
  double drift_gain = 0;
  // Part of the tiles in which the better of the two makes gradients sparser.
  double agreeing = 0;
  std::vector<float> power;  // by 5° of angle, the median over tiles of the spectrum's power, usual = 1
};

// Looks at up to `most` tiles of 256² voxels of slices across the view's first axis, four slices averaged, that have edges in
// all directions; `noise` is the standard deviation of a voxel. Throws ReadError.
TurnReading read_turn(const View& view, double noise, int64_t most, int threads = 1);

}  // namespace tomolapse
