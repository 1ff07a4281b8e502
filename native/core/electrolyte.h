// What a scan has lost of its electrolyte, as a fraction of the grey values around.
#pragma once
#include "core/volume.h"

namespace tomolapse {

// The slices of a layer in each column (v, u) of a view of `width` columns a row: from[v * width + u] to `to`, half open.
struct LayerColumns {
  const uint16_t* from;
  const uint16_t* to;
  int64_t width;
};

// The grey value of the electrolyte around every voxel of a box that begins at `origin`: `mean` and a Gaussian of what the
// voxels of the layer differ from it, those alone. Beyond the box its last voxels repeat.
void electrolyte_around(const float* grey, const Index3& origin, const Index3& extent, const LayerColumns& layer, double mean,
                        double sigma, float* around, int threads);

// Turns a difference, unfiltered and filtered, into fractions of around − lithium, which counts as `least` at least; 0 where
// the difference is missing.
void crack_fractions(float* unfiltered, float* filtered, const float* around, int64_t count, double lithium, double least, int threads);

}  // namespace tomolapse
