#include "core/resample.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/cpu.h"
#include "core/fir.h"
#include "core/parallel.h"
#include "core/resample_kernel.h"

namespace tomolapse {

#if defined(__x86_64__)
namespace avx2 {
void resample_row(const ResampleRow& row);
}
#endif

namespace {

constexpr Index3 tile_extent = {64, 64, 256};
constexpr int64_t tile_source_most = int64_t{1} << 21;  // voxels; tiles that need more are halved

// The inverse of the cubic B-spline sampled at whole voxels: weight k is proportional to pole^|k| (Unser, IEEE Trans. Signal
// Process. 41, 1993). Scaled so that a constant stays what it is.
constexpr int prefilter_radius = 12;
std::array<float, prefilter_radius + 1> prefilter_weights() {
  const double pole = std::sqrt(3.0) - 2.0;
  double sum = 1;
  for (int k = 1; k <= prefilter_radius; ++k) sum += 2 * std::pow(pole, k);
  std::array<float, prefilter_radius + 1> weights{};
  for (int k = 0; k <= prefilter_radius; ++k) weights[k] = static_cast<float>(std::pow(pole, k) / sum);
  return weights;
}

void row_of_best(const ResampleRow& row) {
#if defined(__x86_64__)
  if (instructions() == Instructions::avx2) return avx2::resample_row(row);
#endif
  baseline::resample_row(row);
}

struct Scratch {
  std::vector<float> box, slices, raw, rows;
  float* sized(std::vector<float>& held, const Index3& extent) {
    const size_t wanted = static_cast<size_t>(extent[0] * extent[1] * extent[2] + 2 * resample_slack);
    if (held.size() < wanted) held.resize(wanted);
    return held.data() + resample_slack;
  }
};

struct Box {
  Index3 origin, extent;
  int64_t voxels() const { return extent[0] * extent[1] * extent[2]; }
};

// Source voxels under the 4 × 4 × 4 kernels of an output box, positions outside the source moved to its rim.
Box source_box(const Affine& m, const Index3& shape, const Box& tile) {
  Box box{};
  for (int k = 0; k < 3; ++k) {
    double low = m[4 * k + 3], high = low;
    for (int j = 0; j < 3; ++j) {
      const double a = m[4 * k + j] * static_cast<double>(tile.origin[j]);
      const double b = m[4 * k + j] * static_cast<double>(tile.origin[j] + tile.extent[j] - 1);
      low += std::min(a, b);
      high += std::max(a, b);
    }
    const double least = -0.5, most = static_cast<double>(shape[k]) - 0.5;
    // Positions are rounded differently in the kernel; a thousandth of a voxel covers that.
    const auto first = static_cast<int64_t>(std::floor(std::clamp(low - 1e-3, least, most)));
    const auto last = static_cast<int64_t>(std::floor(std::clamp(high + 1e-3, least, most)));
    box.origin[k] = first - 1;
    box.extent[k] = last - first + 4;
  }
  return box;
}

const float* spline_coefficients(const View& source, const Box& box, Scratch& scratch) {
  static const auto weights = prefilter_weights();
  constexpr int r = prefilter_radius;
  constexpr int64_t strip = 2048;  // voxels of a slice whose neighbours along s stay in the cache
  const Index3 n = box.extent, all = {n[0] + 2 * r, n[1] + 2 * r, n[2] + 2 * r};
  const int64_t slice = n[1] * n[2];
  float* across = scratch.sized(scratch.slices, {all[0], n[1], n[2]});
  float* raw = scratch.sized(scratch.raw, {1, all[1], all[2]});
  float* along = scratch.sized(scratch.rows, {1, all[1], n[2]});
  const float* rows[2 * r + 1];
  for (int64_t s = 0; s < all[0]; ++s) {
    read_block(source, {box.origin[0] - r + s, box.origin[1] - r, box.origin[2] - r}, {1, all[1], all[2]}, raw);
    for (int64_t i = 0; i < all[1]; ++i) filter_along(raw + i * all[2] + r, weights.data(), r, n[2], along + i * n[2]);
    for (int64_t i = 0; i < n[1]; ++i) {
      for (int k = 0; k <= 2 * r; ++k) rows[k] = along + (i + k) * n[2];
      filter_across(rows, weights.data(), r, n[2], across + s * slice + i * n[2]);
    }
  }
  float* coefficients = scratch.sized(scratch.box, n);
  for (int64_t from = 0; from < slice; from += strip)
    for (int64_t s = 0; s < n[0]; ++s) {
      for (int k = 0; k <= 2 * r; ++k) rows[k] = across + (s + k) * slice + from;
      filter_across(rows, weights.data(), r, std::min(strip, slice - from), coefficients + s * slice + from);
    }
  return coefficients;
}

struct Resampling {
  const View& source;
  const Affine& matrix;
  Box whole;
  bool spline;
  float* out;

  void tile(const Box& part, Scratch& scratch) const {
    const Index3 shape = source.shape();
    const Box box = source_box(matrix, shape, part);
    if (box.voxels() > tile_source_most) {
      const int longest = static_cast<int>(std::max_element(part.extent.begin(), part.extent.end()) - part.extent.begin());
      if (part.extent[longest] > 1) {
        Box low = part, high = part;
        low.extent[longest] /= 2;
        high.origin[longest] += low.extent[longest];
        high.extent[longest] -= low.extent[longest];
        tile(low, scratch);
        tile(high, scratch);
        return;
      }
    }
    ResampleRow row{};
    if (spline) {
      row.box = spline_coefficients(source, box, scratch);
    } else {
      float* voxels = scratch.sized(scratch.box, box.extent);
      read_block(source, box.origin, box.extent, voxels);
      row.box = voxels;
    }
    row.box_stride[0] = box.extent[1] * box.extent[2];
    row.box_stride[1] = box.extent[2];
    row.spline = spline;
    row.first = part.origin[2];
    row.count = static_cast<int>(part.extent[2]);
    for (int k = 0; k < 3; ++k) {
      row.box_origin[k] = box.origin[k];
      row.source_shape[k] = shape[k];
      row.step[k] = matrix[4 * k + 2];
    }
    for (int64_t s = part.origin[0]; s < part.origin[0] + part.extent[0]; ++s)
      for (int64_t v = part.origin[1]; v < part.origin[1] + part.extent[1]; ++v) {
        for (int k = 0; k < 3; ++k)
          row.start[k] = matrix[4 * k] * static_cast<double>(s) + matrix[4 * k + 1] * static_cast<double>(v) + matrix[4 * k + 3];
        row.out = out + ((s - whole.origin[0]) * whole.extent[1] + v - whole.origin[1]) * whole.extent[2] + part.origin[2] - whole.origin[2];
        row_of_best(row);
      }
  }
};

void copy_shifted(const View& source, const Index3& shift, const Box& whole, float* out, int threads) {
  const Index3 from = {whole.origin[0] + shift[0], whole.origin[1] + shift[1], whole.origin[2] + shift[2]}, shape = source.shape();
  read_block(source, from, whole.extent, out, threads);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const int64_t low = std::clamp<int64_t>(-from[2], 0, whole.extent[2]);
  const int64_t high = std::clamp<int64_t>(shape[2] - from[2], 0, whole.extent[2]);
  parallel_for(whole.extent[0], threads, [&](int64_t i) {
    for (int64_t j = 0; j < whole.extent[1]; ++j) {
      float* row = out + (i * whole.extent[1] + j) * whole.extent[2];
      const int64_t s = from[0] + i, v = from[1] + j;
      const bool inside = s >= 0 && s < shape[0] && v >= 0 && v < shape[1];
      std::fill(row, row + (inside ? low : whole.extent[2]), nan);
      if (inside) std::fill(row + high, row + whole.extent[2], nan);
    }
  });
}

}  // namespace

bool whole_shift(const Affine& m, Index3& shift) {
  for (int k = 0; k < 3; ++k) {
    for (int j = 0; j < 3; ++j)
      if (m[4 * k + j] != (j == k ? 1.0 : 0.0)) return false;
    shift[k] = static_cast<int64_t>(std::llround(m[4 * k + 3]));
    if (std::abs(m[4 * k + 3] - static_cast<double>(shift[k])) > 1e-9) return false;
  }
  return true;
}

void resample_block(const View& source, const Affine& matrix, const Index3& origin, const Index3& extent,
                    Interpolation interpolation, float* out, int threads) {
  for (double value : matrix)
    if (!std::isfinite(value)) throw std::invalid_argument("the matrix has a value that is not finite");
  const Box whole{origin, extent};
  if (whole.voxels() <= 0) return;
  Index3 shift{};
  if (whole_shift(matrix, shift)) return copy_shifted(source, shift, whole, out, threads);
  Index3 tiles{};
  for (int k = 0; k < 3; ++k) tiles[k] = (extent[k] + tile_extent[k] - 1) / tile_extent[k];
  const Resampling resampling{source, matrix, whole, interpolation == Interpolation::spline, out};
  parallel_for(tiles[0] * tiles[1] * tiles[2], threads, [&](int64_t index) {
    thread_local Scratch scratch;
    const Index3 at = {index / (tiles[1] * tiles[2]), index / tiles[2] % tiles[1], index % tiles[2]};
    Box part{};
    for (int k = 0; k < 3; ++k) {
      part.origin[k] = origin[k] + at[k] * tile_extent[k];
      part.extent[k] = std::min(tile_extent[k], origin[k] + extent[k] - part.origin[k]);
    }
    resampling.tile(part, scratch);
  });
}

}  // namespace tomolapse
