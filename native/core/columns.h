// How a block of voxels lies in a view's columns.
#pragma once
#include "core/volume.h"

namespace tomolapse {

// Slice and column (v · nu + u) of the block's first voxel, and their change for a step along its axes.
struct ColumnFrame {
  int64_t slice = 0, column = 0;
  Index3 slice_step{}, column_step{};
  int64_t columns = 0;  // of the view
};

}  // namespace tomolapse
