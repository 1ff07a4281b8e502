// Fractions of collector, lithium, crack and electrolyte in every voxel.
#pragma once
#include "core/columns.h"

namespace tomolapse {

// The reference's layers, by column of the view: the interfaces' heights and whether the column lies in the pellet.
struct PhaseLayers {
  const float* lower;  // −∞ where there is no collector (or no foil at the working electrode)
  const float* upper;  // +∞ where there is no foil
  const uint8_t* in_pellet;
  double foil_end;  // slice behind which the foil is collector again; +∞ where it does not end
  bool symmetric;   // lithium below the lower interface too
};

// A change of the lithium volume fraction beyond `lithium_lvf` counts, either way.
struct PhaseRule {
  double lithium_lvf, counts_per_unit;
};

// Voxels of cracks in the order of their places in the block.
struct CrackVoxels {
  const double* place;
  const float* fraction;
  size_t count;
};

// Fractions in 1/255, the four of a voxel together, into `out`, and their sums, four a plane, into `sums`. The reference's layers with their
// interfaces' partial voxels, then what the scan changed: cracks in the electrolyte, lithium in the place of the collector
// (and, beside it or in a symmetric cell, of the electrolyte), and the foil's loss. `lithium` is the smoothed fraction.
void mix_phases(const Index3& extent, const ColumnFrame& frame, const PhaseLayers& layers, const PhaseRule& rule,
                const int16_t* lithium, const CrackVoxels& cracks, uint8_t* out, double* sums, int threads);

}  // namespace tomolapse
