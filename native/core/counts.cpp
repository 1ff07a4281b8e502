#include "core/counts.h"

#include <algorithm>
#include <cmath>

#include "core/parallel.h"

namespace tomolapse {

void fraction_counts(const float* difference, const Index3& extent, const ColumnFrame& frame, const std::vector<CountPart>& parts,
                     int16_t least, int16_t most, int16_t* out, int64_t out_row, int64_t out_plane, int threads) {
  constexpr double bias = 32768.5;  // makes truncation a rounding
  parallel_for(extent[0], threads, [&](int64_t i) {
    for (int64_t j = 0; j < extent[1]; ++j) {
      const float* from = difference + (i * extent[1] + j) * extent[2];
      int16_t* to = out + i * out_plane + j * out_row;
      int64_t slice = frame.slice + i * frame.slice_step[0] + j * frame.slice_step[1];
      int64_t column = frame.column + i * frame.column_step[0] + j * frame.column_step[1];
      for (int64_t k = 0; k < extent[2]; ++k, slice += frame.slice_step[2], column += frame.column_step[2]) {
        to[k] = 0;
        if (std::isnan(from[k])) continue;
        const bool inside = column >= 0 && column < frame.columns;
        for (const CountPart& part : parts) {
          if ((part.from || part.to) && !inside) continue;
          if ((part.from && slice < part.from[column]) || (part.to && slice >= part.to[column])) continue;
          const double count = std::clamp<double>(from[k] * part.per, least, most);
          to[k] = static_cast<int16_t>(static_cast<int32_t>(count + bias) - 32768);
          break;
        }
      }
    }
  });
}

}  // namespace tomolapse
