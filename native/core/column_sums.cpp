#include "core/column_sums.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/parallel.h"

namespace tomolapse {
namespace {

// The slices that any column of a row has, and where the row's first column lies in the block's first slice.
struct Row {
  int64_t low = std::numeric_limits<int64_t>::max(), high = 0, column, at;

  Row(const ColumnRegion& r, int64_t v) : column(v * r.nu + r.u0), at((v - r.origin[1]) * r.extent[2] + r.u0 - r.origin[2]) {
    for (int64_t i = column; i < column + r.u1 - r.u0; ++i) {
      if (r.to[i] <= r.from[i]) continue;
      low = std::min<int64_t>(low, r.from[i]);
      high = std::max<int64_t>(high, r.to[i]);
    }
  }
};

}  // namespace

void column_sums(const float* difference, const ColumnRegion& region, const ColumnUnits& units, const ColumnCracks& cracks,
                 const ColumnSums& out, const ColumnProfile& profile, int threads) {
  const int64_t rows = region.v1 - region.v0, width = region.u1 - region.u0, plane = region.extent[1] * region.extent[2];
  if (rows <= 0 || width <= 0) return;
  // A profile a row, added in their order: the same sums whatever the threads.
  std::vector<double> profiles(static_cast<size_t>(2 * rows * profile.length));
  parallel_for(rows, threads, [&](int64_t r) {
    const Row row(region, region.v0 + r);
    double* const sums = profiles.data() + 2 * r * profile.length;
    double* const numbers = sums + profile.length;
    for (int64_t i = row.column; i < row.column + width; ++i) {
      out.sum[i] = out.crack[i] = 0;
      out.seen[i] = 0;
      out.first[i] = region.to[i];
    }
    if (row.high <= row.low) return;
    std::vector<float> in_crack(static_cast<size_t>((row.high - row.low) * width), NAN);
    for (int64_t k = 0; k < width; ++k)
      for (uint32_t c = cracks.first[row.column + k]; c < cracks.first[row.column + k + 1]; ++c)
        if (cracks.slice[c] >= row.low && cracks.slice[c] < row.high)
          in_crack[(cracks.slice[c] - row.low) * width + k] = cracks.fraction[c];
    for (int64_t s = row.low; s < row.high; ++s) {
      const float* values = difference + (s - region.origin[0]) * plane + row.at;
      const float* crack = in_crack.data() + (s - row.low) * width;
      for (int64_t k = 0, i = row.column; k < width; ++k, ++i) {
        if (s < region.from[i] || s >= region.to[i] || std::isnan(values[k])) continue;
        if (out.seen[i]++ == 0) out.first[i] = static_cast<uint16_t>(s);
        if (!std::isnan(crack[k])) {
          out.crack[i] += crack[k];
          continue;
        }
        const bool behind = units.split && static_cast<double>(s) >= units.split[i];
        const double fraction = values[k] / (behind ? units.unit_behind : units.unit);
        out.sum[i] += fraction;
        const int64_t slot = profile.base ? s - profile.base[i] : -1;
        if (slot < 0 || slot >= profile.length) continue;
        sums[slot] += fraction;
        numbers[slot]++;
      }
    }
  });
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t k = 0; k < profile.length; ++k) {
      profile.sum[k] += profiles[2 * r * profile.length + k];
      profile.count[k] += profiles[(2 * r + 1) * profile.length + k];
    }
}

CountSums count_sums(const int16_t* smooth, const int16_t* counts, const ColumnRegion& region, const uint8_t* counted, double full,
                     int threads) {
  const int64_t rows = std::max<int64_t>(0, region.v1 - region.v0), width = region.u1 - region.u0;
  const int64_t plane = region.extent[1] * region.extent[2];
  std::vector<std::array<int64_t, 3>> by_row(static_cast<size_t>(rows));
  parallel_for(rows, threads, [&](int64_t r) {
    const Row row(region, region.v0 + r);
    int64_t sum = 0, number = 0, full_sum = 0;
    for (int64_t s = row.low; s < row.high; ++s) {
      const int64_t at = (s - region.origin[0]) * plane + row.at;
      for (int64_t k = 0, i = row.column; k < width; ++k, ++i) {
        if (!counted[i] || s < region.from[i] || s >= region.to[i]) continue;
        sum += smooth[at + k];
        if (smooth[at + k] <= full) continue;
        number++;
        full_sum += counts[at + k];
      }
    }
    by_row[r] = {sum, number, full_sum};
  });
  CountSums all;
  for (const auto& [sum, number, full_sum] : by_row) {
    all.sum += static_cast<double>(sum);
    all.full += static_cast<double>(number);
    all.full_sum += static_cast<double>(full_sum);
  }
  return all;
}

}  // namespace tomolapse
