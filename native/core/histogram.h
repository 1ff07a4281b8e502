// Counts of grey values, and Otsu's threshold from them.
#pragma once
#include <cstdint>
#include <vector>

#include "core/volume.h"

namespace tomolapse {

// Counts of every 16-bit value: counts[value], 65 536 of them.
std::vector<uint64_t> histogram_of(const uint16_t* voxels, int64_t count, int threads);

// Equal bins over [low, high], the last one closed, as numpy's; what is not a number is counted nowhere.
struct Histogram {
  double low = 0, high = 0;
  std::vector<uint64_t> counts;
  uint64_t underflow = 0, overflow = 0;
  double centre(int64_t bin) const { return low + (static_cast<double>(bin) + 0.5) * (high - low) / static_cast<double>(counts.size()); }
};
// Throws std::invalid_argument unless low < high and there is a bin.
Histogram histogram_of(const float* voxels, int64_t count, double low, double high, int64_t bins, int threads);
// Of the box [origin, origin + extent) of a view, read in pieces of about 4 MiB. Throws ReadError.
Histogram histogram_of(const View& view, const Index3& origin, const Index3& extent, double low, double high, int64_t bins, int threads);

// The least and greatest number; {NaN, NaN} when there is none.
std::array<float, 2> range_of(const float* voxels, int64_t count, int threads);

struct Otsu {
  int64_t bin;          // values above this bin are foreground
  double separability;  // variance between the classes over that of all, 0 to 1
};
// The bin that maximises the variance between classes, the first of equals; comparison is `>` (N. Otsu, IEEE Trans. SMC 9,
// 1979; scikit-image's threshold_otsu). Bin i stands for the value first + i · step.
// Throws std::invalid_argument when no bin holds a count. With one value only, its bin and separability 0.
Otsu otsu(const std::vector<uint64_t>& counts, double first = 0, double step = 1);

}  // namespace tomolapse
