// How sharp a scan is: widths of its strongest edges.
#pragma once
#include <vector>

#include "core/volume.h"

namespace tomolapse {

// An edge: its place, unit normal towards the brighter side, step in grey value, standard deviation (voxels) of the
// Gaussian that would blur a step this much, and how far the voxels lie from that on average (grey value).
struct EdgeReading {
  std::array<float, 3> place, normal;
  float step, width, misfit;
};

// Steepest places of about `most_tiles` tiles of 32³ voxels spread over the volume, at most eight a tile, those steeper
// than `least` grey values a voxel; a blurred step is fitted to the voxels within two voxels of the normal.
std::vector<EdgeReading> edge_widths(const Volume& volume, int64_t most_tiles, float least, int threads = 1);

}  // namespace tomolapse
