#include "core/gaussian.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/fir.h"
#include "core/parallel.h"

namespace tomolapse {

int gaussian_radius(double sigma) { return static_cast<int>(4 * sigma + 0.5); }

std::vector<float> gaussian_weights(double sigma) {
  const int radius = gaussian_radius(sigma);
  std::vector<double> weight(radius + 1);
  double sum = 0;
  for (int k = 0; k <= radius; ++k) {
    weight[k] = k == 0 ? 1 : std::exp(-0.5 * k * k / (sigma * sigma));
    sum += k == 0 ? 1 : 2 * weight[k];
  }
  std::vector<float> rounded(radius + 1);
  for (int k = 0; k <= radius; ++k) rounded[k] = static_cast<float>(weight[k] / sum);
  return rounded;
}

void gaussian(const float* in, const Index3& shape, double sigma, Border border, float* out, int threads) {
  const auto [nz, ny, nx] = shape;
  MadeRows rows{{0, 0, 0}, shape, [=, nz = nz, ny = ny, nx = nx](int64_t z, int64_t y, int64_t begin, int64_t end, float*) {
                  const float* row = in + (z * ny + y) * nx + begin;
                  // The next slice is on its way while this one is filtered.
                  if (z + 1 < nz)
                    for (int64_t x = 0; x < end - begin; x += 16) __builtin_prefetch(row + ny * nx + x, 0, 2);
                  return row;
                }};
  gaussian(rows, shape, sigma, border, out, threads);
}

namespace {

// Where a row begins and ends to hold numbers.
struct Span {
  int64_t begin, end;
};

struct Filter {
  const MadeRows& in;
  Index3 shape;
  Border border;
  float* out;
  std::vector<float> weight;
  int64_t r;

  int64_t there(int64_t i, int axis) const { return in.low[axis] + within(i - in.low[axis], in.high[axis] - in.low[axis], border); }

  // The row as it was made goes to `unfiltered`; missing voxels become 0. Returns where it holds numbers.
  Span take(float* row, int64_t begin, int64_t end, float* unfiltered, int64_t x0, int64_t columns) const {
    if (unfiltered) std::copy_n(row + x0 - begin, columns, unfiltered);
    if (!in.holes) return {begin, end};
    Span span{begin, end};
    while (span.begin < span.end && std::isnan(row[span.begin - begin])) row[span.begin++ - begin] = 0;
    while (span.end > span.begin && std::isnan(row[span.end - 1 - begin])) row[--span.end - begin] = 0;
    return span;
  }

  // Rows [y0, y0 + rows) and columns [x0, x0 + columns) of all slices: each slice is smoothed across y and along x once into a
  // ring, and the ring across z. The order of sums is the same wherever a bar begins.
  void bar(int64_t y0, int64_t rows, int64_t x0, int64_t columns) const {
    const int64_t ring = 2 * r + 1;
    const int64_t low = std::max(in.low[2], x0 - r), high = std::min(in.high[2], x0 + columns + r);
    // Slices lie a little apart, or those under the filter would compete for the same lines of the cache.
    const int64_t slice = rows * columns + 80, made_row = high - low + 16;
    std::vector<float> slices(static_cast<size_t>(ring * slice)), made(static_cast<size_t>(ring * made_row));
    std::vector<float> row(static_cast<size_t>(columns + 2 * r));
    std::vector<const float*> lines(static_cast<size_t>(rows + 2 * r)), under(static_cast<size_t>(ring));
    std::vector<Span> spans(static_cast<size_t>(in.holes ? ring * rows : 0));
    auto at = [&](int64_t x) { return row.data() + (x - x0 + r); };  // x0 − r to x0 + columns + r
    auto place = [&](int64_t z) { return (z - in.low[0]) % ring; };  // of a slice in the ring
    int64_t next = std::max(in.low[0], -r);
    for (int64_t z = 0; z < shape[0]; ++z) {
      for (; next < std::min(in.high[0], z + r + 1); ++next) {
        int64_t lines_made = 0;
        for (int64_t y = 0; y < rows; ++y) {
          stop_if_cancelled();
          for (; lines_made <= y + 2 * r; ++lines_made) {
            const int64_t line = lines_made - r;
            float* scratch = made.data() + lines_made % ring * made_row;
            lines[lines_made] = in.row(next, there(y0 + line, 1), low, high, scratch);
            if (!in.holes && !in.unfiltered) continue;
            const bool own = line >= 0 && line < rows && next >= 0 && next < shape[0];
            float* unfiltered = own && in.unfiltered ? in.unfiltered + (next * shape[1] + y0 + line) * shape[2] + x0 : nullptr;
            const Span span = take(scratch, low, high, unfiltered, x0, columns);
            if (own && in.holes) spans[place(next) * rows + line] = {std::clamp(span.begin, x0, x0 + columns), std::clamp(span.end, x0, x0 + columns)};
          }
          filter_across(lines.data() + y, weight.data(), static_cast<int>(r), high - low, at(low));
          for (int64_t x = x0 - r; x < low; ++x) *at(x) = *at(there(x, 2));
          for (int64_t x = high; x < x0 + columns + r; ++x) *at(x) = *at(there(x, 2));
          filter_along(at(x0), weight.data(), static_cast<int>(r), columns, slices.data() + place(next) * slice + y * columns);
        }
      }
      for (int64_t y = 0; y < rows; ++y) {
        for (int64_t k = -r; k <= r; ++k) under[k + r] = slices.data() + place(there(z + k, 0)) * slice + y * columns;
        float* to = out + (z * shape[1] + y0 + y) * shape[2] + x0;
        filter_across(under.data(), weight.data(), static_cast<int>(r), columns, to);
        if (!in.holes) continue;
        const Span& span = spans[place(z) * rows + y];
        std::fill(to, to + (span.begin - x0), std::numeric_limits<float>::quiet_NaN());
        std::fill(to + (span.end - x0), to + columns, std::numeric_limits<float>::quiet_NaN());
      }
    }
  }
};

}  // namespace

void gaussian(const MadeRows& in, const Index3& shape, double sigma, Border border, float* out, int threads) {
  if (!(sigma >= 0) || sigma > 1000) throw std::invalid_argument("sigma must be between 0 and 1000 voxels");
  const auto [nz, ny, nx] = shape;
  if (nz <= 0 || ny <= 0 || nx <= 0) return;
  const int64_t r = gaussian_radius(sigma);
  if (r == 0) {
    parallel_for(nz * ny, threads, [&, ny = ny, nx = nx](int64_t row) {
      float* to = out + row * nx;
      const float* from = in.row(row / ny, row % ny, 0, nx, to);
      if (from != to) std::memcpy(to, from, static_cast<size_t>(nx) * sizeof(float));
      if (in.unfiltered) std::memcpy(in.unfiltered + row * nx, to, static_cast<size_t>(nx) * sizeof(float));
    });
    return;
  }
  const Filter filter{in, shape, border, out, gaussian_weights(sigma), r};
  // Bars along z, small enough that the ring of their smoothed slices stays in the cache.
  constexpr int64_t bar_x = 512, ring_bytes = int64_t{1} << 19;
  const int64_t width = std::min(nx, bar_x), ring = 2 * r + 1;
  const int64_t bar_y = std::clamp<int64_t>(ring_bytes / (ring * width * static_cast<int64_t>(sizeof(float))), 8, 64);
  const int64_t bars_y = (ny + bar_y - 1) / bar_y, bars_x = (nx + bar_x - 1) / bar_x;
  parallel_for(bars_y * bars_x, threads, [&, ny = ny, nx = nx](int64_t index) {
    const int64_t y0 = index / bars_x * bar_y, x0 = index % bars_x * bar_x;
    filter.bar(y0, std::min(bar_y, ny - y0), x0, std::min(bar_x, nx - x0));
  });
}

}  // namespace tomolapse
