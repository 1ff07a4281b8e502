// Rings about the rotation axis: what a fault of the detector becomes in a slice.
#pragma once
#include "core/volume.h"

namespace tomolapse {

// `variance` of the grey values that rings add, its standard error over the slices, and how many slices told.
struct RingReading {
  double variance = 0, error = 0;
  int64_t slices = 0;
};

// Of up to `slices` slices across the view's first axis, with rings about (centre_v, centre_u) of the slice. A slice is
// freed of what is wider than nine pixels and of its edges; means over the circle's odd and even eighths, apart by some
// pixels, share nothing but rings, so that their product is free of noise. Throws ReadError.
RingReading ring_variance(const View& view, double centre_v, double centre_u, int64_t slices, int threads = 1);

}  // namespace tomolapse
