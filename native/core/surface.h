// An interface between two layers as a height over the plane of the cell.
#pragma once
#include "core/volume.h"

namespace tomolapse {

struct SurfaceOptions {
  double below, above;  // grey values of the layer at lower s and of the one at higher s
  double reach;         // voxels sought on both sides of the start
  double sigma;         // Gaussian applied before
  int threads;
};

// For every column (v, u) the place s where the layer below ends, in voxels of the view (the face of voxel s lies at
// s + 1/2), sought within `reach` of start[v * nu + u]: the step that fits the column best in absolute deviation, then the
// share of the layer below among ±4 voxels, by the column's own grey values on both sides. NaN where these differ by less than
// 0.4 of what the layers differ by, or a quarter of the column looks like the other side.
void find_surface(const View& view, const float* start, const SurfaceOptions& options, float* height);

}  // namespace tomolapse
