#include "core/bin.h"

#include <algorithm>
#include <type_traits>

#include "core/parallel.h"

namespace tomolapse {
namespace {

// A sum of `1 << shift` voxels as their mean; bytes as 16 bits keep eight of them behind the point.
template <class T, class Out, int shift, class Sum>
Out mean_of(Sum sum) {
  if constexpr (std::is_floating_point_v<T>) return sum * (1.0f / (1 << shift));
  else if constexpr (sizeof(Out) > sizeof(T)) return static_cast<Out>(sum << (8 - shift));
  else return static_cast<Out>((sum + (1 << (shift - 1))) >> shift);  // the shift rounds down below zero too
}

}  // namespace

Index3 binned_shape(const Index3& shape) { return {(shape[0] + 1) / 2, (shape[1] + 1) / 2, (shape[2] + 1) / 2}; }

template <class T, class Out>
void bin(const T* in, const Index3& shape, int channels, Out* out, int threads) {
  using Sum = std::conditional_t<std::is_floating_point_v<T>, float, int32_t>;
  const Index3 small = binned_shape(shape);
  const int64_t line = shape[2] * channels, pairs = shape[2] / 2;
  parallel_for(small[0], threads, [&](int64_t z) {
    std::vector<Sum> sum(static_cast<size_t>(line));
    const int64_t planes = std::min<int64_t>(2, shape[0] - 2 * z);
    for (int64_t y = 0; y < small[1]; ++y) {
      const int64_t rows = std::min<int64_t>(2, shape[1] - 2 * y);
      const T* a = in + (2 * z * shape[1] + 2 * y) * line;
      const T* b = a + (rows - 1) * line;
      const T* c = a + (planes - 1) * shape[1] * line;
      const T* d = c + (rows - 1) * line;
      // Rows that are not there are counted as often as those that are: the mean stays the same.
      for (int64_t x = 0; x < line; ++x) sum[x] = (static_cast<Sum>(a[x]) + b[x]) + (static_cast<Sum>(c[x]) + d[x]);
      Out* to = out + (z * small[1] + y) * small[2] * channels;
      if (channels == 1) {  // apart, because it is the loop that the compiler can turn into vectors
        for (int64_t x = 0; x < pairs; ++x) to[x] = mean_of<T, Out, 3>(sum[2 * x] + sum[2 * x + 1]);
      } else {
        for (int64_t x = 0; x < pairs; ++x)
          for (int k = 0; k < channels; ++k)
            to[x * channels + k] = mean_of<T, Out, 3>(sum[2 * x * channels + k] + sum[(2 * x + 1) * channels + k]);
      }
      if (shape[2] % 2 != 0)
        for (int k = 0; k < channels; ++k) to[pairs * channels + k] = mean_of<T, Out, 2>(sum[line - channels + k]);
    }
  });
}

template void bin(const uint8_t*, const Index3&, int, uint8_t*, int);
template void bin(const uint8_t*, const Index3&, int, uint16_t*, int);
template void bin(const uint16_t*, const Index3&, int, uint16_t*, int);
template void bin(const int16_t*, const Index3&, int, int16_t*, int);
template void bin(const float*, const Index3&, int, float*, int);

}  // namespace tomolapse
