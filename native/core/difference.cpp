#include "core/difference.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "core/gaussian.h"
#include "core/parallel.h"

namespace tomolapse {
namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();

// Brings voxels [u, u + count) of row (s, v) of the grid to the reference's grey values; NaN outside the reconstruction's circle.
void match_row(const PlacedScan& scan, int64_t s, int64_t v, int64_t u, int64_t count, float* row) {
  if (scan.gain != 1 || scan.offset != 0) {
    const float scale = static_cast<float>(1 / scan.gain), shift = static_cast<float>(-scan.offset / scan.gain);
    for (int64_t k = 0; k < count; ++k) row[k] = row[k] * scale + shift;
  }
  if (scan.field_radius <= 0) return;
  const Affine& m = scan.matrix;
  const Index3 shape = scan.view.shape();
  const double limit = scan.field_radius * scan.field_radius;
  const double middle_v = (static_cast<double>(shape[1]) - 1) / 2, middle_u = (static_cast<double>(shape[2]) - 1) / 2;
  const double row_v = m[4] * static_cast<double>(s) + m[5] * static_cast<double>(v) + m[7] - middle_v;
  const double row_u = m[8] * static_cast<double>(s) + m[9] * static_cast<double>(v) + m[11] - middle_u;
  const auto outside = [&](int64_t k) {
    const double dv = row_v + m[6] * static_cast<double>(u + k), du = row_u + m[10] * static_cast<double>(u + k);
    return dv * dv + du * du > limit;
  };
  // A row meets the circle in one piece.
  int64_t begin = 0, end = count;
  while (begin < end && outside(begin)) row[begin++] = missing;
  while (end > begin && outside(end - 1)) row[--end] = missing;
}

// The rows of a scan over a box of the reference's grid: straight from the file where its voxels are only shifted, else laid
// on the grid beforehand.
class PlacedRows {
 public:
  PlacedRows(const PlacedScan& scan, const Index3& origin, const Index3& extent, int threads) : scan_(scan), origin_(origin), extent_(extent) {
    const View& view = scan.view;
    const bool in_file_order = view.axis == std::array<int, 3>{0, 1, 2} && view.flip == std::array<bool, 3>{};
    if (in_file_order && whole_shift(scan.matrix, shift_)) return;
    block_ = std::make_unique_for_overwrite<float[]>(static_cast<size_t>(extent[0] * extent[1] * extent[2]));
    place_block(scan, origin, extent, block_.get(), threads);
  }

  // Voxels [begin, end) of row (s, v), counted from the box's first: in `scratch`, or where they lie.
  const float* row(int64_t s, int64_t v, int64_t begin, int64_t end, float* scratch) const {
    if (block_) return block_.get() + (s * extent_[1] + v) * extent_[2] + begin;
    const Volume& volume = *scan_.view.volume;
    const Index3& shape = volume.shape();
    const int64_t z = origin_[0] + s + shift_[0], y = origin_[1] + v + shift_[1], x = origin_[2] + begin + shift_[2], count = end - begin;
    const bool inside = z >= 0 && z < shape[0] && y >= 0 && y < shape[1];
    const int64_t low = inside ? std::clamp<int64_t>(-x, 0, count) : count, high = inside ? std::clamp<int64_t>(shape[2] - x, low, count) : count;
    std::fill(scratch, scratch + low, missing);
    std::fill(scratch + high, scratch + count, missing);
    if (high > low) {
      volume.read_row(z, y, x + low, x + high, scratch + low);
      if (volume.type() == VoxelType::f32 || volume.type() == VoxelType::f64)
        for (int64_t k = low; k < high; ++k) scratch[k] = std::isfinite(scratch[k]) ? scratch[k] : 0;
    }
    match_row(scan_, origin_[0] + s, origin_[1] + v, origin_[2] + begin, count, scratch);
    return scratch;
  }

 private:
  const PlacedScan& scan_;
  Index3 origin_, extent_, shift_{};
  std::unique_ptr<float[]> block_;
};

void subtract_row(const float* a, const float* __restrict b, int64_t count, float* out) {
  for (int64_t k = 0; k < count; ++k) out[k] = a[k] - b[k];
}

}  // namespace

void place_block(const PlacedScan& scan, const Index3& origin, const Index3& extent, float* out, int threads) {
  resample_block(scan.view, scan.matrix, origin, extent, Interpolation::keys, out, threads);
  if (scan.gain == 1 && scan.offset == 0 && scan.field_radius <= 0) return;
  parallel_for(extent[0], threads, [&](int64_t i) {
    for (int64_t j = 0; j < extent[1]; ++j)
      match_row(scan, origin[0] + i, origin[1] + j, origin[2], extent[2], out + (i * extent[1] + j) * extent[2]);
  });
}

void difference_block(const PlacedScan& before, const PlacedScan& after, const Index3& origin, const Index3& extent, double sigma,
                      float* out, int threads, float* unfiltered) {
  if (extent[0] <= 0 || extent[1] <= 0 || extent[2] <= 0) return;
  const int64_t halo = sigma > 0 ? gaussian_radius(sigma) : 0;
  Index3 first{}, size{}, low{}, high{};
  for (int axis = 0; axis < 3; ++axis) {
    first[axis] = origin[axis] - halo;
    size[axis] = extent[axis] + 2 * halo;
    low[axis] = -halo;
    high[axis] = extent[axis] + halo;
  }
  const PlacedRows a(before, first, size, threads), b(after, first, size, threads);
  // What is missing counts as no difference to the filter, and is missing again behind it.
  const MadeRows rows{low, high, [&](int64_t s, int64_t v, int64_t begin, int64_t end, float* scratch) {
                        thread_local std::vector<float> second;
                        if (static_cast<int64_t>(second.size()) < end - begin) second.resize(static_cast<size_t>(end - begin));
                        const float* from = a.row(s + halo, v + halo, begin + halo, end + halo, scratch);
                        subtract_row(from, b.row(s + halo, v + halo, begin + halo, end + halo, second.data()), end - begin, scratch);
                        return static_cast<const float*>(scratch);
                      }, true, unfiltered};
  gaussian(rows, extent, sigma, Border::nearest, out, threads);
}

}  // namespace tomolapse
