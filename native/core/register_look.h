// What a smoothed block of voxels shows between them, along a row of samples.
//
// The voxels are taken for the coefficients of a cubic B-spline. Without its prefilter a spline smooths, as a Gaussian of
// variance ⅓ does: registration smooths first and last anyway, and the spline's part of that is taken off the first. What a
// spline lets through of a grid's own frequencies is a tenth of what Keys' kernel does, which showed as a shift of
// thousandths of a voxel that depended on the motion's fraction.
#pragma once
#include <cstdint>

namespace tomolapse {

constexpr double register_spline_variance = 1.0 / 3;  // of the cubic B-spline

// Sample i stands at first + step · u[i] of the block, u fastest; a place needs one voxel below, two above it in the block.
struct LookRow {
  const float* block;
  int64_t stride_s, stride_v;
  double first[3], step[3];
  int64_t ahead;  // voxels to where the row that comes next will look: it is sent for
};

// Values at `count` samples, and their slopes along s, v and u of the block unless null. Same bytes whatever the instructions.
void look_along(const LookRow& row, const int32_t* u, int count, float* value, float* const* slope);

}  // namespace tomolapse
