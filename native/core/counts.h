// Differences as fractions in 16-bit counts: what a grey value stands for depends on where in its column a voxel lies.
#pragma once
#include <vector>

#include "core/columns.h"

namespace tomolapse {

// Of each column the slices [from, to) whose differences are multiplied by `per`; null: from the first, to the last.
struct CountPart {
  const uint16_t* from = nullptr;
  const uint16_t* to = nullptr;
  double per = 0;
};

// out = difference · per, halves rounded up and kept within [least, most], by the first part that holds the voxel; 0 where
// none does and where the difference is not a number. Parts with a table hold nothing outside the view's columns. `out` has rows
// and planes of its own lengths.
void fraction_counts(const float* difference, const Index3& extent, const ColumnFrame& frame, const std::vector<CountPart>& parts,
                     int16_t least, int16_t most, int16_t* out, int64_t out_row, int64_t out_plane, int threads);

}  // namespace tomolapse
