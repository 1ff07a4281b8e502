// Complex Fourier transforms of boxes whose edges are powers of two.
#pragma once
#include <complex>
#include <vector>

#include "core/volume.h"

namespace tomolapse {

// In place, unnormalised; `inverse` conjugates the exponent. Edges must be powers of two.
void fourier(std::vector<std::complex<float>>& values, const Index3& shape, bool inverse, int threads);

}  // namespace tomolapse
