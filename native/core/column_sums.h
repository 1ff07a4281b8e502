// Sums along the columns of a view, over the slices that a region has in each.
#pragma once
#include "core/volume.h"

namespace tomolapse {

// Rows of the view's columns v0 … v1, u0 … u1 (half open) in a block that begins at `origin` (s, v, u). `from` and `to` give
// the slices of every column v · nu + u of the view; they lie within the block.
struct ColumnRegion {
  Index3 origin{}, extent{};
  int64_t v0 = 0, v1 = 0, u0 = 0, u1 = 0, nu = 0;
  const uint16_t *from = nullptr, *to = nullptr;
};

// Voxels that are left out of a column's sum: those of column i are first[i] to first[i + 1].
struct ColumnCracks {
  const uint32_t* first;
  const uint16_t* slice;
  const float* fraction;
};

// Grey values that stand for one: `unit`, from slice `split[column]` on `unit_behind`; null: nowhere.
struct ColumnUnits {
  double unit = 1, unit_behind = 1;
  const float* split = nullptr;
};

// By column of the view: sum of difference / unit without cracks, sum of the crack fractions, slices that hold a number and
// the first of them (`to` where there is none).
struct ColumnSums {
  double *sum, *crack;
  uint16_t *seen, *first;
};

// Sum and count of the fractions by slice from the interface: slice s of a column counts at s − base[column].
struct ColumnProfile {
  const int32_t* base = nullptr;
  double *sum = nullptr, *count = nullptr;
  int64_t length = 0;
};

void column_sums(const float* difference, const ColumnRegion& region, const ColumnUnits& units, const ColumnCracks& cracks,
                 const ColumnSums& out, const ColumnProfile& profile, int threads);

// Over the columns of the region that `counted` marks: sum of `smooth`, and number and sum of `counts` where `smooth` is above
// `full`.
struct CountSums {
  double sum = 0, full = 0, full_sum = 0;
};
CountSums count_sums(const int16_t* smooth, const int16_t* counts, const ColumnRegion& region, const uint8_t* counted, double full,
                     int threads);

}  // namespace tomolapse
