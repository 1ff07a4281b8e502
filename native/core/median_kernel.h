// The search of median.cpp for one instruction set; see lanes.h.
#include "core/lanes.h"
#include "core/median_group.h"

namespace tomolapse {
namespace {

struct Rows {
  Shorts row[median_rows];
};

// Adds −1 to a row's count for each voxel above its pivot, over the offsets that belong to the rows of `set`.
template <int set>
TOMOLAPSE_INLINE void count_set(const MedianGroup& group, const int16_t* at, const Rows& pivot, Rows& count) {
  const int32_t* end = group.offsets + group.begin[set + 1];
  for (const int32_t* offset = group.offsets + group.begin[set]; offset != end; ++offset) {
    const Shorts voxel = load(at + *offset);
    if (set & 1) count.row[0] += voxel > pivot.row[0];
    if (set & 2) count.row[1] += voxel > pivot.row[1];
    if (set & 4) count.row[2] += voxel > pivot.row[2];
    if (set & 8) count.row[3] += voxel > pivot.row[3];
  }
}

// Minus the number of voxels above the pivots.
TOMOLAPSE_INLINE Rows count_above(const MedianGroup& group, const int16_t* at, const Rows& pivot) {
  Rows count = {};
  count_set<1>(group, at, pivot, count);
  count_set<2>(group, at, pivot, count);
  count_set<3>(group, at, pivot, count);
  count_set<4>(group, at, pivot, count);
  count_set<5>(group, at, pivot, count);
  count_set<6>(group, at, pivot, count);
  count_set<7>(group, at, pivot, count);
  count_set<8>(group, at, pivot, count);
  count_set<9>(group, at, pivot, count);
  count_set<10>(group, at, pivot, count);
  count_set<11>(group, at, pivot, count);
  count_set<12>(group, at, pivot, count);
  count_set<13>(group, at, pivot, count);
  count_set<14>(group, at, pivot, count);
  count_set<15>(group, at, pivot, count);
  return count;
}

// Sums that wrap around.
TOMOLAPSE_INLINE Shorts plus(Shorts a, int b) {
  return reinterpret_cast<Shorts>(reinterpret_cast<UnsignedShorts>(a) + static_cast<uint16_t>(b));
}

TOMOLAPSE_INLINE Shorts least(Shorts a, Shorts b) { return a < b ? a : b; }
TOMOLAPSE_INLINE Shorts most(Shorts a, Shorts b) { return a > b ? a : b; }

// The median is the smallest value that enough voxels do not exceed. Each lane holds it between `low` and `high`, gallops
// from the guess until it is held on both sides, then halves; the loop ends when every lane has one value left.
TOMOLAPSE_INLINE void search(const MedianGroup& group, int first) {
  const int16_t* at = group.at + first;
  const Shorts bottom = Shorts{} + group.low, top = Shorts{} + group.high;
  Rows low, high, pivot, threshold;
  for (int r = 0; r < median_rows; ++r) {
    low.row[r] = bottom;
    high.row[r] = top;
    threshold.row[r] = load(group.threshold + r * median_width + first);
    pivot.row[r] = most(bottom, least(top, load(group.guess + r * median_width + first)));
  }
  int step = group.step;
  for (;;) {
    const Rows count = count_above(group, at, pivot);
    Shorts open = {};
    for (int r = 0; r < median_rows; ++r) {
      const Shorts enough = count.row[r] >= threshold.row[r];
      high.row[r] = enough ? pivot.row[r] : high.row[r];
      low.row[r] = enough ? low.row[r] : plus(pivot.row[r], 1);
      open |= low.row[r] != high.row[r];
    }
    if (!any(open)) break;
    for (int r = 0; r < median_rows; ++r) {
      const Shorts l = low.row[r], h = high.row[r];
      const Shorts up = plus(l, step), down = plus(h, -step);  // may wrap around: then they are on the wrong side of l, h
      const Shorts half = (l & h) + ((l ^ h) >> 1);     // the mean, rounded down, without overflow
      const Shorts upwards = (h == top) & (up > l) & (up < half), downwards = (l == bottom) & (down < h) & (down > half);
      pivot.row[r] = upwards ? up : downwards ? down : half;
    }
    if (step < 4096) step *= 4;
  }
  for (int r = 0; r < median_rows; ++r) store(group.median + r * median_width + first, low.row[r]);
}

}  // namespace

namespace TOMOLAPSE_KERNELS {
void median_of(const MedianGroup& group) {
  for (int first = 0; first < median_width; first += short_lanes) search(group, first);
}
}  // namespace TOMOLAPSE_KERNELS
}  // namespace tomolapse
