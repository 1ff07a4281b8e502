// Flaws of a scan's half turn, made where tomography makes them.
#pragma once
#include "core/phantom_optics.h"

namespace tomolapse {

// The projection at angle θ is the line at θ of a slice's spectrum: what happens to a projection happens to that line. One that
// was never taken is zero; a sample that has moved (`drift`) or a wrong rotation axis (`centre_error`) is a phase.
void spoil_turn(float* volume, const PhantomOptics& optics, int threads);

}  // namespace tomolapse
