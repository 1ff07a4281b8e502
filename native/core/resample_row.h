// What resample.cpp and its kernels share.
#pragma once
#include <cstdint>

namespace tomolapse {

// Part of an output row: positions start + step · (first + i), i in [0, count), count ≤ resample_row_most.
constexpr int resample_row_most = 256;
// Voxels that kernels may touch beyond either end of the box (lanes that are thrown away).
constexpr int resample_slack = 64;

struct ResampleRow {
  const float* box;                    // source voxels in memory, u fastest
  int64_t box_origin[3], box_stride[2];
  int64_t source_shape[3];
  double start[3], step[3];
  int64_t first;
  int count;
  bool spline;
  float* out;
};

}  // namespace tomolapse
