// What median.cpp and its kernels share: 4 rows of 16 voxels, whose medians are sought together.
#pragma once
#include <cstdint>

namespace tomolapse {

constexpr int median_rows = 4, median_width = 16;

struct MedianGroup {
  // Offsets into the padded box, sorted by the set of rows they belong to: those of set m are [begin[m], begin[m + 1]).
  const int32_t* offsets;
  const int32_t* begin;
  const int16_t* at;  // the group's first voxel in the box
  // Voxels at most the median, less the footprint's size; −32768 where a lane does not matter.
  const int16_t* threshold;  // [4][16]
  const int16_t* guess;      // [4][16]
  int16_t low, high;         // of all voxels that a footprint of the group sees
  int16_t step;              // how far the medians are likely to lie from the guess
  int16_t* median;           // [4][16]
};

}  // namespace tomolapse
