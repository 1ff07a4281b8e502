// What filters find beyond the borders of a volume.
#pragma once
#include <algorithm>
#include <cstdint>

namespace tomolapse {

enum class Border {
  nearest,  // a a | a b c d | d d
  reflect,  // b a | a b c d | d c (scipy's `reflect`)
};

// The voxel that stands for position i of an axis of n voxels.
inline int64_t within(int64_t i, int64_t n, Border border) {
  if (i >= 0 && i < n) return i;
  if (border == Border::nearest) return std::clamp<int64_t>(i, 0, n - 1);
  i %= 2 * n;
  if (i < 0) i += 2 * n;
  return i < n ? i : 2 * n - 1 - i;
}

}  // namespace tomolapse
