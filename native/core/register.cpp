#include "core/register.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <new>

#include <sys/mman.h>

#include "core/gaussian.h"
#include "core/level.h"
#include "core/linear.h"
#include "core/parallel.h"
#include "core/register_look.h"
#include "core/register_sums.h"
#include "core/ring_table.h"

namespace tomolapse {
namespace {

constexpr int kMotion = 7;               // shift 3, rotation 3, log scale
constexpr double kLeastTexture = 1e-3;   // of the reference's own gradient energy, below which it is all noise
constexpr double kLongest = 1.5;         // level voxels a Newton step may move
constexpr int kBlock = 12;               // edge of the blocks whose scores are compared, in level voxels
constexpr int kGroup = 48;               // edge of the parts whose own displacement is told, in level voxels
constexpr int kThin = 4;                 // every which row tells the scatter of the residuals
constexpr int64_t kSlab = 16;            // slices that are read and smoothed at a time

// A box of a level, smoothed.
struct Block {
  Index3 origin{}, shape{};
  std::unique_ptr<float, decltype(&std::free)> voxels{nullptr, &std::free};
  // Scattered reads of a hundred megabytes want large pages.
  void make_room() {
    constexpr size_t page = size_t{1} << 21;
    const size_t bytes = (static_cast<size_t>(shape[0] * shape[1] * shape[2]) * sizeof(float) + page - 1) / page * page;
    voxels.reset(static_cast<float*>(std::aligned_alloc(page, bytes)));
    if (!voxels) throw std::bad_alloc();
#if defined(MADV_HUGEPAGE)
    madvise(voxels.get(), bytes, MADV_HUGEPAGE);
#endif
  }
};

// Samples of one row of a patch.
struct Row {
  int64_t v;
  int64_t first;  // in the plane's samples
  int count;
};

// What the reference shows in one plane of a patch: samples that rest, row by row.
struct Plane {
  size_t patch;
  int64_t s;  // from the patch's origin
  std::vector<Row> rows;
  std::vector<int32_t> u;  // from the patch's origin
  std::vector<float> grey, slope[3];
};

double median(std::vector<float>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

class Fit {
 public:
  Fit(const View& reference, const View& moved, const RegisterOptions& options)
      : reference_(reference),
        moved_(moved),
        o_(options),
        bin_(options.factor / options.binned),
        sigma_(std::sqrt(std::max(0.0, options.sigma * options.sigma - register_spline_variance))),
        halo_(gaussian_radius(sigma_) + 2) {
    for (int axis = 0; axis < 3; ++axis) center_[axis] = (o_.center[axis] - (o_.factor - 1) / 2.0) / o_.factor;
    motions_ = o_.model == MotionModel::shift ? 3 : o_.model == MotionModel::rigid ? 6 : kMotion;
    for (int i = 0; i < motions_; ++i) unknowns_.push_back(i);
    unknowns_.push_back(register_offset);
  }

  RegisterResult run() {
    Matrix4 m = on_level(o_.start, o_.factor);
    take_samples();
    load_moved(m);
    RegisterResult result;
    RegisterScore score;
    score.origin = mean_;
    estimate_contrast(m, score);
    result.correlation_before = moments(on_level(kUnmoved, o_.factor), score).correlation();
    for (int iteration = 0; iteration < o_.iterations; ++iteration) {
      const RegisterSums sums = accumulate(m, score);
      if (sums.n < 1000) throw std::runtime_error("too little of the stable region lies in both scans");
      std::vector<double> step;
      if (!solve(sums, step)) throw std::runtime_error("the stable region has no texture to register on");
      const Matrix4 back = motion(step.data(), step.data() + 3, step[6], center_);
      m = product(m, inverse(back));
      // Both scans are noisy: least squares would find the gain too small and every edge displaced by it, the ratio of the
      // spreads does not.
      score.gain = sums.gain();
      score.offset = sums.offset(score.gain, score.origin);
      result.iterations = iteration + 1;
      const double moved = corner_motion(back);
      estimate_scale(m, score);
      if (drifted(m)) load_moved(m);
      if (moved < o_.tolerance) {
        result.converged = true;
        break;
      }
    }
    finish(m, score, result);
    return result;
  }

 private:
  const View& reference_;
  const View& moved_;
  const RegisterOptions& o_;
  const int bin_;       // voxels of the views to one of the level
  const double sigma_;  // of the filter before the spline's own
  const int halo_;      // what filter and spline need around a place
  int motions_ = 6;
  std::vector<int> unknowns_;
  Place center_{};
  std::vector<Plane> planes_;
  std::vector<Block> loaded_;  // of the moved scan, one a patch
  Matrix4 loaded_for_{};
  double mean_ = 0;            // of the samples' grey values
  static constexpr int kSlack = 4;  // level voxels that the fit may move before the moved scan is read again

  // Slices [first, last) of a box of the level, smoothed; right from the filter's radius on inwards.
  void read(const View& view, const float* rings, int64_t radii, const Index3& origin, const Index3& shape, float* out, int threads) const {
    const int64_t r = gaussian_radius(sigma_), slice = shape[1] * shape[2];
    parallel_for((shape[0] + kSlab - 1) / kSlab, threads, [&](int64_t i) {
      const int64_t first = i * kSlab, last = std::min(first + kSlab, shape[0]);
      const int64_t low = std::max<int64_t>(0, first - r), high = std::min(shape[0], last + r);
      const Index3 from = {origin[0] + low, origin[1], origin[2]}, part = {high - low, shape[1], shape[2]};
      const size_t count = static_cast<size_t>(part[0] * slice);
      thread_local std::vector<float> raw, smooth;
      raw.resize(std::max(raw.size(), count));
      smooth.resize(std::max(smooth.size(), count));
      read_level(view, bin_, from, part, raw.data(), 1);
      if (rings && o_.factor == 1) take_off_rings(rings, radii, view.shape(), from, part, raw.data(), 1);
      gaussian(raw.data(), part, sigma_, Border::nearest, smooth.data(), 1);
      std::copy_n(smooth.data() + (first - low) * slice, (last - first) * slice, out + first * slice);
    });
  }

  // Whether cell `i` of the mask along an axis, or none, holds the centre of level voxel `at`.
  int64_t cell_of(int64_t at, int axis) const {
    const double view = static_cast<double>(at) * o_.factor + (o_.factor - 1) / 2.0;
    const int64_t cell = static_cast<int64_t>(std::floor((view + 0.5) / o_.mask.cell));
    return cell < 0 || cell >= o_.mask.shape[axis] ? -1 : cell;
  }

  void take_samples() {
    for (size_t p = 0; p < o_.patches.size(); ++p) {
      const Patch& patch = o_.patches[p];
      const size_t begin = planes_.size();
      for (int64_t s = 0; s < patch.extent[0]; s += o_.stride) planes_.push_back({p, s, {}, {}, {}, {}});
      const int64_t planes = static_cast<int64_t>(planes_.size() - begin), group = std::max<int64_t>(1, kSlab / o_.stride);
      parallel_for((planes + group - 1) / group, o_.threads, [&](int64_t i) {
        const size_t first = begin + static_cast<size_t>(i * group), last = std::min(first + static_cast<size_t>(group), planes_.size());
        for (size_t k = first; k < last; ++k) find_samples(patch, planes_[k]);
        show_samples(patch, first, last);
      });
    }
    double sum = 0, count = 0;
    for (const Plane& plane : planes_)
      for (const Row& row : plane.rows) {
        for (int64_t i = row.first; i < row.first + row.count; ++i) sum += plane.grey[i];
        count += row.count;
      }
    mean_ = count > 0 ? sum / count : 0;
  }

  // Which voxels of a plane are samples.
  void find_samples(const Patch& patch, Plane& plane) const {
    const Index3 shape = level_shape(reference_.shape(), bin_);
    auto inside = [&](int axis, int64_t at) { return at >= 1 && at <= shape[axis] - 2; };
    const int64_t s = patch.origin[0] + plane.s, cell_s = o_.mask.cells ? cell_of(s, 0) : 0;
    if (!inside(0, s) || cell_s < 0) return;
    for (int64_t v = (plane.s / o_.stride) % o_.stride; v < patch.extent[1]; v += o_.stride) {
      const int64_t cell_v = o_.mask.cells ? cell_of(patch.origin[1] + v, 1) : 0;
      if (!inside(1, patch.origin[1] + v) || cell_v < 0) continue;
      const uint8_t* cells = o_.mask.cells ? o_.mask.cells + (cell_s * o_.mask.shape[1] + cell_v) * o_.mask.shape[2] : nullptr;
      // Every other row starts one voxel later, so that the samples do not stand in one grid's planes.
      for (int64_t u = o_.stride > 1 ? ((plane.s + v) / o_.stride) % o_.stride : 0; u < patch.extent[2]; u += o_.stride) {
        if (!inside(2, patch.origin[2] + u)) continue;
        if (cells) {
          const int64_t cell = cell_of(patch.origin[2] + u, 2);
          if (cell < 0 || !cells[cell]) continue;
        }
        if (plane.rows.empty() || plane.rows.back().v != v || plane.rows.back().count == register_row_most)
          plane.rows.push_back({v, static_cast<int64_t>(plane.u.size()), 0});
        ++plane.rows.back().count;
        plane.u.push_back(static_cast<int32_t>(u));
      }
    }
  }

  // Grey values and slopes of the samples of some planes, seen through the same spline as the moved scan.
  void show_samples(const Patch& patch, size_t first, size_t last) {
    Index3 origin{}, shape{};
    for (int axis = 0; axis < 3; ++axis) {
      origin[axis] = patch.origin[axis] - halo_ + (axis == 0 ? planes_[first].s : 0);
      shape[axis] = (axis == 0 ? planes_[last - 1].s - planes_[first].s + 1 : patch.extent[axis]) + 2 * halo_;
    }
    bool any = false;
    for (size_t i = first; i < last; ++i) any = any || !planes_[i].u.empty();
    if (!any) return;
    thread_local std::vector<float> voxels;
    voxels.resize(std::max(voxels.size(), static_cast<size_t>(shape[0] * shape[1] * shape[2])));
    read(reference_, o_.reference_rings, o_.reference_radii, origin, shape, voxels.data(), 1);
    for (size_t i = first; i < last; ++i) {
      Plane& plane = planes_[i];
      // The sums read whole vectors, beyond the last sample too.
      const size_t count = plane.u.size() + 8;
      plane.u.resize(count);
      plane.grey.resize(count);
      for (auto& slope : plane.slope) slope.resize(count);
      for (const Row& row : plane.rows) {
        const LookRow look{voxels.data(), shape[1] * shape[2], shape[2],
                           {static_cast<double>(plane.s - planes_[first].s + halo_), static_cast<double>(row.v + halo_), static_cast<double>(halo_)},
                           {0, 0, 1},
                           o_.stride * shape[2]};
        float* const slopes[3] = {plane.slope[0].data() + row.first, plane.slope[1].data() + row.first, plane.slope[2].data() + row.first};
        look_along(look, plane.u.data() + row.first, row.count, plane.grey.data() + row.first, slopes);
      }
    }
  }

  void load_moved(const Matrix4& m) {
    const Index3 level = level_shape(moved_.shape(), bin_);
    loaded_.resize(o_.patches.size());
    for (size_t p = 0; p < loaded_.size(); ++p) {
      Place low = {1e30, 1e30, 1e30}, high = {-1e30, -1e30, -1e30};
      for (int corner = 0; corner < 8; ++corner) {
        const Place to = moved_by(m, corner_of(o_.patches[p], corner));
        for (int i = 0; i < 3; ++i) {
          low[i] = std::min(low[i], to[i]);
          high[i] = std::max(high[i], to[i]);
        }
      }
      Block& block = loaded_[p];
      for (int axis = 0; axis < 3; ++axis) {
        const int64_t reach = halo_ + kSlack + 2;
        int64_t first = static_cast<int64_t>(std::floor(low[axis])) - reach;
        int64_t last = static_cast<int64_t>(std::ceil(high[axis])) + reach + 1;
        // Nothing beyond the volume but the filter's own margin is of use.
        first = std::clamp<int64_t>(first, -halo_, level[axis] + halo_ - 1);
        last = std::clamp<int64_t>(last, first + 1, level[axis] + halo_);
        block.origin[axis] = first;
        block.shape[axis] = last - first;
      }
      block.make_room();
      read(moved_, o_.moved_rings, o_.moved_radii, block.origin, block.shape, block.voxels.get(), o_.threads);
    }
    loaded_for_ = m;
  }

  static Place corner_of(const Patch& patch, int corner) {
    Place at{};
    for (int axis = 0; axis < 3; ++axis)
      at[axis] = static_cast<double>(patch.origin[axis]) + ((corner >> axis) & 1 ? static_cast<double>(patch.extent[axis]) - 1 : 0.0);
    return at;
  }

  double corner_motion(const Matrix4& m) const {
    double worst = 0;
    for (const Patch& patch : o_.patches)
      for (int corner = 0; corner < 8; ++corner) {
        const Place at = corner_of(patch, corner), to = moved_by(m, at);
        worst = std::max(worst, std::hypot(to[0] - at[0], to[1] - at[1], to[2] - at[2]));
      }
    return worst;
  }

  bool drifted(const Matrix4& m) const { return corner_motion(product(inverse(loaded_for_), m)) > kSlack; }

  // Those samples of a row that `m` takes into the moved scan, and what it shows there, in the reference's frame.
  template <bool slopes>
  void look(const Plane& plane, const Row& row, const Matrix4& m, RegisterRow& to) const {
    const Patch& patch = o_.patches[plane.patch];
    const Block& loaded = loaded_[plane.patch];
    const Index3 level = level_shape(moved_.shape(), bin_);
    const Place at = {static_cast<double>(patch.origin[0] + plane.s), static_cast<double>(patch.origin[1] + row.v), static_cast<double>(patch.origin[2])};
    const Place start = moved_by(m, at);
    LookRow look{loaded.voxels.get(), loaded.shape[1] * loaded.shape[2], loaded.shape[2], {}, {m[2], m[6], m[10]}, o_.stride * loaded.shape[2]};
    double least[3], most[3];
    for (int k = 0; k < 3; ++k) {
      const double origin = static_cast<double>(loaded.origin[k]);
      look.first[k] = start[k] - origin;
      least[k] = std::max(1.0, 1 - origin);
      most[k] = std::min(static_cast<double>(level[k]) - 2 - origin, static_cast<double>(loaded.shape[k] - 3));
    }
    auto inside = [&](int64_t i) {
      bool within = true;
      for (int k = 0; k < 3; ++k) {
        const double place = look.first[k] + look.step[k] * plane.u[i];
        within = within && place >= least[k] && place <= most[k];
      }
      return within;
    };
    // A line meets a box in one piece.
    int64_t first = row.first, last = row.first + row.count;
    while (first < last && !inside(first)) ++first;
    while (last > first && !inside(last - 1)) --last;
    to.s = at[0] - center_[0];
    to.v = at[1] - center_[1];
    to.u = at[2] - center_[2];
    to.count = static_cast<int>(last - first);
    to.at = plane.u.data() + first;
    to.grey = plane.grey.data() + first;
    for (int k = 0; k < 3; ++k) to.slope[k] = plane.slope[k].data() + first;
    float* const along[3] = {to.moved_slope[0], to.moved_slope[1], to.moved_slope[2]};
    look_along(look, to.at, to.count, to.moved, slopes ? along : nullptr);
    if constexpr (slopes) {
      float turn[9];
      for (int i = 0; i < 3; ++i)
        for (int k = 0; k < 3; ++k) turn[i * 3 + k] = static_cast<float>(m[i * 4 + k]);
      for (int n = 0; n < to.count; ++n) {
        const float s = along[0][n], v = along[1][n], u = along[2][n];
        for (int k = 0; k < 3; ++k) along[k][n] = turn[k] * s + turn[3 + k] * v + turn[6 + k] * u;
      }
    }
  }

  // Sums of all planes, each by `visit(plane, its sums)`, added in order.
  template <class Visit>
  RegisterSums sum_planes(Visit&& visit) const {
    std::vector<RegisterSums> sums(planes_.size());
    parallel_for(static_cast<int64_t>(planes_.size()), o_.threads, [&](int64_t i) { visit(i, sums[i]); });
    RegisterSums all;
    for (const RegisterSums& plane : sums) all.add(plane);
    return all;
  }

  RegisterSums accumulate(const Matrix4& m, const RegisterScore& score) const {
    return sum_planes([&](int64_t i, RegisterSums& sums) {
      RegisterRow row{};
      for (const Row& samples : planes_[i].rows) {
        look<true>(planes_[i], samples, m, row);
        add_row(row, 0, row.count, score, motions_, sums);
      }
    });
  }

  RegisterSums moments(const Matrix4& m, const RegisterScore& score) const {
    return sum_planes([&](int64_t i, RegisterSums& sums) {
      RegisterRow row{};
      for (const Row& samples : planes_[i].rows) {
        look<false>(planes_[i], samples, m, row);
        add_moments(row, score, sums);
      }
    });
  }

  int64_t blocks_across(size_t patch, int axis) const { return (o_.patches[patch].extent[axis] + kBlock - 1) / kBlock; }

  // The same with the sums of every block of a plane apart.
  RegisterSums accumulate_blocks(const Matrix4& m, const RegisterScore& score, std::vector<std::vector<RegisterBlock>>& blocks) const {
    blocks.resize(planes_.size());
    return sum_planes([&](int64_t i, RegisterSums& sums) {
      const Plane& plane = planes_[i];
      const int64_t nu = blocks_across(plane.patch, 2);
      blocks[i].resize(static_cast<size_t>(blocks_across(plane.patch, 1) * nu));
      RegisterRow row{};
      for (const Row& samples : plane.rows) {
        look<true>(plane, samples, m, row);
        add_row(row, 0, row.count, score, motions_, sums);
        for (int begin = 0, end; begin < row.count; begin = end) {
          const int32_t block = row.at[begin] / kBlock;
          for (end = begin + 1; end < row.count && row.at[end] / kBlock == block;) ++end;
          add_block(row, begin, end, score, motions_, blocks[i][(samples.v / kBlock) * nu + block]);
        }
      }
    });
  }

  // Inverse of a slope over the unknowns, scaled first: grey values of 10⁴ and lever arms of 10³ voxels stand in one matrix.
  // False when it is not positive definite. Motions that a coarse level blurs away altogether are left as they are.
  bool inverse_slope(const double (&slope)[register_unknowns][register_unknowns], std::vector<double>& inverse) const {
    const int n = static_cast<int>(unknowns_.size());
    std::vector<double> a(static_cast<size_t>(n) * n), unit(n);
    for (int i = 0; i < n; ++i) {
      const double d = slope[unknowns_[i]][unknowns_[i]];
      if (!(d > 0) && o_.factor == 1) return false;
      unit[i] = d > 0 ? 1 / std::sqrt(d) : 0;
    }
    for (int i = 0; i < n; ++i)
      for (int k = 0; k < n; ++k)
        a[i * n + k] = i == k ? 1 : slope[unknowns_[i]][unknowns_[k]] * unit[i] * unit[k];
    if (!invert_spd(a, n, inverse)) return false;
    for (int i = 0; i < n; ++i)
      for (int k = 0; k < n; ++k) inverse[i * n + k] *= unit[i] * unit[k];
    return true;
  }

  bool inverse_shared(const RegisterSums& sums, std::vector<double>& inverse) const {
    for (int i = 0; i < motions_; ++i)
      if (sums.shared[i][i] < kLeastTexture * sums.own[i][i]) return false;
    return inverse_slope(sums.shared, inverse);
  }

  // Near the answer the shared texture's slope gives Newton's step; far from it nothing is shared yet, and the reference's own
  // slope gives a step that is short but sure.
  bool solve(const RegisterSums& sums, std::vector<double>& step) const {
    std::vector<double> inverse;
    for (const bool shared : {true, false}) {
      if (!(shared ? inverse_shared(sums, inverse) : inverse_slope(sums.own, inverse))) continue;
      step.assign(kMotion, 0.0);
      const size_t n = unknowns_.size();
      for (int i = 0; i < motions_; ++i)
        for (size_t k = 0; k < n; ++k) step[i] += inverse[i * n + k] * sums.right[unknowns_[k]];
      const double moved = corner_motion(motion(step.data(), step.data() + 3, step[6], center_));
      if (shared && moved > kLongest) continue;
      return std::isfinite(moved);
    }
    return false;
  }

  // A thin, even selection of residuals: enough for a median.
  std::vector<float> residuals(const Matrix4& m, double gain, double offset) const {
    std::vector<std::vector<float>> parts(planes_.size());
    parallel_for(static_cast<int64_t>(planes_.size()), o_.threads, [&](int64_t i) {
      RegisterRow row{};
      for (size_t r = i % kThin; r < planes_[i].rows.size(); r += kThin) {
        look<false>(planes_[i], planes_[i].rows[r], m, row);
        for (int k = 0; k < row.count; ++k) parts[i].push_back(static_cast<float>(row.moved[k] - (gain * row.grey[k] + offset)));
      }
    });
    std::vector<float> all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
  }

  void estimate_scale(const Matrix4& m, RegisterScore& score) const {
    std::vector<float> r = residuals(m, score.gain, score.offset);
    const float centre = static_cast<float>(median(r));
    for (float& value : r) value = std::abs(value - centre);
    score.scale = std::max(1.4826 * median(r), 1e-6);
  }

  void estimate_contrast(const Matrix4& m, RegisterScore& score) const {
    std::vector<float> r = residuals(m, 1, 0);
    score.offset = median(r);
    const float centre = static_cast<float>(score.offset);
    for (float& value : r) value = std::abs(value - centre);
    score.scale = 2 * std::max(1.4826 * median(r), 1e-6);  // far from the answer, more must count
  }

  void finish(const Matrix4& m, RegisterScore score, RegisterResult& result) const {
    std::vector<std::vector<RegisterBlock>> blocks;
    score.curvature = true;
    const RegisterSums sums = accumulate_blocks(m, score, blocks);
    std::vector<double> inverse;
    const int n = static_cast<int>(unknowns_.size());
    if (!inverse_shared(sums, inverse)) {
      if (o_.factor == 1) throw std::runtime_error("the stable region has no texture to register on");
      inverse.assign(static_cast<size_t>(n) * n, 0.0);  // a coarse level only leads to the next
    }
    std::vector<double> meat(static_cast<size_t>(n) * n, 0.0);
    each_slab(kBlock, [&](size_t first, size_t last) {
      for (size_t block = 0; block < blocks[first].size(); ++block) {
        RegisterBlock one;
        for (size_t i = first; i < last; ++i) one.add(blocks[i][block]);
        if (one.n == 0) continue;
        for (int i = 0; i < n; ++i)
          for (int k = 0; k < n; ++k) meat[i * n + k] += one.right[unknowns_[i]] * one.right[unknowns_[k]];
      }
    });
    std::vector<double> covariance(static_cast<size_t>(n) * n, 0.0);
    for (int i = 0; i < n; ++i)
      for (int k = 0; k < n; ++k)
        for (int a = 0; a < n; ++a)
          for (int b = 0; b < n; ++b) covariance[i * n + k] += inverse[i * n + a] * meat[a * n + b] * inverse[b * n + k];
    for (int i = 0; i < motions_; ++i)
      for (int k = 0; k < motions_; ++k) {
        const double units = (i < 3 ? o_.factor : 1) * (k < 3 ? o_.factor : 1);
        result.covariance[i * kMotion + k] = covariance[i * n + k] * units;
      }
    result.residual = score.scale;
    local_shifts(blocks, result);
    result.parameters = motions_;
    result.gain = score.gain;
    result.offset = score.offset;
    result.inliers = sums.n > 0 ? sums.weight / sums.n : 0;
    result.samples = static_cast<int64_t>(sums.n);
    result.correlation = sums.correlation();
    result.matrix = off_level(m, o_.factor);
  }

  // Calls visit(first, last) for the planes of one patch within `thickness` voxels, one slab after the other.
  template <class Visit>
  void each_slab(int64_t thickness, Visit&& visit) const {
    for (size_t first = 0, last; first < planes_.size(); first = last) {
      for (last = first; last < planes_.size() && planes_[last].patch == planes_[first].patch &&
                         planes_[last].s / thickness == planes_[first].s / thickness;)
        ++last;
      visit(first, last);
    }
  }

  void local_shifts(const std::vector<std::vector<RegisterBlock>>& blocks, RegisterResult& result) const {
    const int64_t per = kGroup / kBlock;
    each_slab(kGroup, [&](size_t first, size_t last) {
      const Patch& patch = o_.patches[planes_[first].patch];
      const int64_t nv = blocks_across(planes_[first].patch, 1), nu = blocks_across(planes_[first].patch, 2);
      for (int64_t gv = 0; gv < nv; gv += per)
        for (int64_t gu = 0; gu < nu; gu += per) {
          RegisterBlock sums;
          for (size_t i = first; i < last; ++i)
            for (int64_t v = gv; v < std::min(gv + per, nv); ++v)
              for (int64_t u = gu; u < std::min(gu + per, nu); ++u) sums.add(blocks[i][v * nu + u]);
          if (sums.n < 500) continue;
          const std::vector<double> a(&sums.shared[0][0], &sums.shared[0][0] + 9);
          std::vector<double> inverse;
          if (!invert_spd(a, 3, inverse)) continue;
          LocalShift local{};
          for (int i = 0; i < 3; ++i)
            for (int k = 0; k < 3; ++k) local.shift[i] -= inverse[i * 3 + k] * sums.right[k] * o_.factor;
          local.sigma = std::sqrt(inverse[0]) * result.residual * o_.factor;
          local.weight = sums.weight;
          local.position = {(static_cast<double>(patch.origin[0]) + static_cast<double>(planes_[first].s + planes_[last - 1].s) / 2.0) * o_.factor,
                            (static_cast<double>(patch.origin[1]) + (static_cast<double>(gv) + static_cast<double>(per) / 2.0) * kBlock) * o_.factor,
                            (static_cast<double>(patch.origin[2]) + (static_cast<double>(gu) + static_cast<double>(per) / 2.0) * kBlock) * o_.factor};
          result.local.push_back(local);
        }
    });
  }
};

}  // namespace

RegisterResult register_views(const View& reference, const View& moved, const RegisterOptions& options) {
  return Fit(reference, moved, options).run();
}

}  // namespace tomolapse
