#include "core/register.h"

#include <algorithm>
#include <cmath>

#include "core/cubic.h"
#include "core/gaussian.h"
#include "core/level.h"
#include "core/linear.h"
#include "core/parallel.h"
#include "core/ring_table.h"

namespace tomolapse {
namespace {

constexpr int kMotion = 7;               // shift 3, rotation 3, log scale
constexpr int kUnknowns = kMotion + 2;   // and gain, offset
constexpr double kTukey = 4.685;         // 95 % efficiency on normal noise (Huber & Ronchetti 2009)
constexpr double kLeastTexture = 1e-3;   // of the reference's own gradient energy, below which it is all noise
constexpr double kLongest = 1.5;        // level voxels a Newton step may move
constexpr int kBlock = 12;               // edge of the blocks whose scores are compared, in level voxels
constexpr int kGroup = 48;               // edge of the parts whose own displacement is told, in level voxels

Matrix4 product(const Matrix4& a, const Matrix4& b) {
  Matrix4 c{};
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j)
      for (int k = 0; k < 4; ++k) c[i * 4 + j] += a[i * 4 + k] * b[k * 4 + j];
  return c;
}

// exp of a motion: turn by `w` about `center`, scale by exp(log_scale) about it, then shift by `t`.
Matrix4 motion(const double* t, const double* w, double log_scale, const std::array<double, 3>& center) {
  const double angle = std::sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
  double rotation[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  if (angle > 0) {
    const double x = w[0] / angle, y = w[1] / angle, z = w[2] / angle, s = std::sin(angle), c = 1 - std::cos(angle);
    const double k[9] = {0, -z, y, z, 0, -x, -y, x, 0};
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) {
        double square = 0;
        for (int m = 0; m < 3; ++m) square += k[i * 3 + m] * k[m * 3 + j];
        rotation[i * 3 + j] += s * k[i * 3 + j] + c * square;
      }
  }
  const double scale = std::exp(log_scale);
  Matrix4 m{};
  for (int i = 0; i < 3; ++i) {
    double moved = 0;
    for (int j = 0; j < 3; ++j) {
      m[i * 4 + j] = scale * rotation[i * 3 + j];
      moved += m[i * 4 + j] * center[j];
    }
    m[i * 4 + 3] = center[i] - moved + t[i];
  }
  m[15] = 1;
  return m;
}

// Turns a matrix on view voxels into one on level voxels.
Matrix4 on_level(const Matrix4& m, int factor) {
  const double shift = (factor - 1) / 2.0;
  Matrix4 level = m;
  for (int i = 0; i < 3; ++i) {
    double constant = m[i * 4 + 3] - shift;
    for (int j = 0; j < 3; ++j) constant += m[i * 4 + j] * shift;
    level[i * 4 + 3] = constant / factor;
  }
  return level;
}

struct Loaded {
  Patch patch;
  Index3 reference_origin, reference_shape, moved_origin, moved_shape;
  std::vector<float> reference, moved;
};

struct Sums {
  // Slope of the score: the reference's gradient against the moved scan's. The two have their noise apart, so where there
  // is little texture the slope is small, while either gradient against itself would take the noise for texture.
  double normal[kUnknowns * kUnknowns] = {};
  double own[kUnknowns * kUnknowns] = {};  // the reference's gradient against itself
  double right[kUnknowns] = {};
  double weight = 0, n = 0;
  // Weighted moments of reference and moved.
  double a = 0, b = 0, aa = 0, bb = 0, ab = 0;
  void add(const Sums& other) {
    for (int i = 0; i < kUnknowns * kUnknowns; ++i) {
      normal[i] += other.normal[i];
      own[i] += other.own[i];
    }
    for (int i = 0; i < kUnknowns; ++i) right[i] += other.right[i];
    weight += other.weight;
    n += other.n;
    a += other.a;
    b += other.b;
    aa += other.aa;
    bb += other.bb;
    ab += other.ab;
  }
  double gain() const { return std::sqrt((bb - b * b / weight) / (aa - a * a / weight)); }
  double offset(double gain) const { return (b - gain * a) / weight; }
  double correlation() const {
    const double va = aa - a * a / weight, vb = bb - b * b / weight;
    return va > 0 && vb > 0 ? (ab - a * b / weight) / std::sqrt(va * vb) : 0;
  }
};

class Fit {
 public:
  Fit(const View& reference, const View& moved, const RegisterOptions& options)
      : reference_(reference), moved_(moved), o_(options) {
    halo_ = static_cast<int>(std::floor(4 * o_.sigma + 0.5)) + 1;
    for (int axis = 0; axis < 3; ++axis) {
      moved_shape_[axis] = moved.shape()[axis];
      center_[axis] = (o_.center[axis] - (o_.factor - 1) / 2.0) / o_.factor;
    }
    active_ = o_.model == MotionModel::shift ? 3 : o_.model == MotionModel::rigid ? 6 : 7;
  }

  RegisterResult run() {
    Matrix4 m = on_level(o_.start, o_.factor);
    load_reference();
    load_moved(m);
    double gain = 1, offset = 0, scale = 0;
    RegisterResult result;
    estimate_contrast(m, gain, offset, scale);
    result.correlation_before = totals(accumulate(on_level(identity(), o_.factor), gain, offset, scale, false)).correlation();
    for (int iteration = 0; iteration < o_.iterations; ++iteration) {
      const Sums sums = totals(accumulate(m, gain, offset, scale, false));
      if (sums.n < 1000) throw std::runtime_error("too little of the stable region lies in both scans");
      std::vector<double> step;
      if (!solve(sums, step)) throw std::runtime_error("the stable region has no texture to register on");
      const Matrix4 back = motion(step.data(), step.data() + 3, -0.0 + step[6], center_);
      m = product(m, inverse(back));
      // Both scans are noisy: least squares would find the gain too small and every edge displaced by it, the ratio of the
      // spreads does not.
      gain = sums.gain();
      offset = sums.offset(gain);
      result.iterations = iteration + 1;
      const double moved = corner_motion(back);
      estimate_scale(m, gain, offset, scale);
      if (drifted(m)) load_moved(m);
      if (moved < o_.tolerance) {
        result.converged = true;
        break;
      }
    }
    finish(m, gain, offset, scale, result);
    return result;
  }

 private:
  const View& reference_;
  const View& moved_;
  const RegisterOptions& o_;
  std::vector<Loaded> loaded_;
  Matrix4 loaded_for_{};
  Index3 moved_shape_{};
  std::array<double, 3> center_{};
  int halo_ = 0, active_ = 6;
  static constexpr int kSlack = 4;  // level voxels that the fit may move before the moved scan is read again

  static Matrix4 identity() { return {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}; }

  static Matrix4 inverse(const Matrix4& m) {
    // Of a similarity: the linear part is scale times a rotation.
    double scale2 = 0;
    for (int j = 0; j < 3; ++j) scale2 += m[j] * m[j];
    Matrix4 r{};
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) r[i * 4 + j] = m[j * 4 + i] / scale2;
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) r[i * 4 + 3] -= r[i * 4 + j] * m[j * 4 + 3];
    r[15] = 1;
    return r;
  }

  void smooth(std::vector<float>& block, const Index3& shape) const {
    if (o_.sigma <= 0) return;
    std::vector<float> smoothed(block.size());
    gaussian(block.data(), shape, o_.sigma, Border::nearest, smoothed.data(), o_.threads);
    block.swap(smoothed);
  }

  void load_reference() {
    for (const Patch& patch : o_.patches) {
      Loaded loaded;
      loaded.patch = patch;
      for (int axis = 0; axis < 3; ++axis) {
        loaded.reference_origin[axis] = patch.origin[axis] - halo_;
        loaded.reference_shape[axis] = patch.extent[axis] + 2 * halo_;
      }
      loaded.reference.resize(static_cast<size_t>(loaded.reference_shape[0] * loaded.reference_shape[1] * loaded.reference_shape[2]));
      read_level(reference_, o_.factor, loaded.reference_origin, loaded.reference_shape, loaded.reference.data(), o_.threads);
      if (o_.reference_rings && o_.factor == 1)
        take_off_rings(o_.reference_rings, o_.reference_radii, reference_.shape(), loaded.reference_origin, loaded.reference_shape,
                       loaded.reference.data(), o_.threads);
      smooth(loaded.reference, loaded.reference_shape);
      loaded_.push_back(std::move(loaded));
    }
  }

  void load_moved(const Matrix4& m) {
    const Index3 level = level_shape(moved_.shape(), o_.factor);
    for (Loaded& loaded : loaded_) {
      double low[3] = {1e30, 1e30, 1e30}, high[3] = {-1e30, -1e30, -1e30};
      for (int corner = 0; corner < 8; ++corner) {
        double at[3];
        for (int axis = 0; axis < 3; ++axis)
          at[axis] = static_cast<double>(loaded.patch.origin[axis]) + ((corner >> axis) & 1 ? loaded.patch.extent[axis] - 1.0 : 0.0);
        for (int i = 0; i < 3; ++i) {
          const double x = m[i * 4] * at[0] + m[i * 4 + 1] * at[1] + m[i * 4 + 2] * at[2] + m[i * 4 + 3];
          low[i] = std::min(low[i], x);
          high[i] = std::max(high[i], x);
        }
      }
      for (int axis = 0; axis < 3; ++axis) {
        const int64_t reach = halo_ + kSlack + 2;
        int64_t first = static_cast<int64_t>(std::floor(low[axis])) - reach;
        int64_t last = static_cast<int64_t>(std::ceil(high[axis])) + reach + 1;
        // Nothing beyond the volume but the filter's own margin is of use.
        first = std::clamp<int64_t>(first, -halo_, level[axis] + halo_ - 1);
        last = std::clamp<int64_t>(last, first + 1, level[axis] + halo_);
        loaded.moved_origin[axis] = first;
        loaded.moved_shape[axis] = last - first;
      }
      loaded.moved.resize(static_cast<size_t>(loaded.moved_shape[0] * loaded.moved_shape[1] * loaded.moved_shape[2]));
      read_level(moved_, o_.factor, loaded.moved_origin, loaded.moved_shape, loaded.moved.data(), o_.threads);
      if (o_.moved_rings && o_.factor == 1)
        take_off_rings(o_.moved_rings, o_.moved_radii, moved_.shape(), loaded.moved_origin, loaded.moved_shape, loaded.moved.data(),
                       o_.threads);
      smooth(loaded.moved, loaded.moved_shape);
    }
    loaded_for_ = m;
  }

  double corner_motion(const Matrix4& m) const {
    double worst = 0;
    for (const Loaded& loaded : loaded_)
      for (int corner = 0; corner < 8; ++corner) {
        double at[3], moved2 = 0;
        for (int axis = 0; axis < 3; ++axis)
          at[axis] = static_cast<double>(loaded.patch.origin[axis]) + ((corner >> axis) & 1 ? loaded.patch.extent[axis] - 1.0 : 0.0);
        for (int i = 0; i < 3; ++i) {
          const double x = m[i * 4] * at[0] + m[i * 4 + 1] * at[1] + m[i * 4 + 2] * at[2] + m[i * 4 + 3] - at[i];
          moved2 += x * x;
        }
        worst = std::max(worst, std::sqrt(moved2));
      }
    return worst;
  }

  bool drifted(const Matrix4& m) const { return corner_motion(product(inverse(loaded_for_), m)) > kSlack; }

  bool at_rest(const double* level) const {
    if (!o_.mask.cells) return true;
    int64_t cell[3];
    for (int axis = 0; axis < 3; ++axis) {
      const double view = level[axis] * o_.factor + (o_.factor - 1) / 2.0;
      cell[axis] = static_cast<int64_t>(std::floor((view + 0.5) / o_.mask.cell));
      if (cell[axis] < 0 || cell[axis] >= o_.mask.shape[axis]) return false;
    }
    return o_.mask.cells[(cell[0] * o_.mask.shape[1] + cell[1]) * o_.mask.shape[2] + cell[2]] != 0;
  }

  // Calls visit(reference grey, its gradient, moved grey, its gradient in the reference's frame, position) for the samples
  // of one row of a patch.
  template <class Visit>
  void row(const Loaded& loaded, int64_t s, int64_t v, const Matrix4& m, Visit&& visit) const {
    const Index3& n = loaded.reference_shape;
    const Index3 level = level_shape(moved_shape_, o_.factor);
    const int64_t plane = n[1] * n[2];
    double at[3] = {static_cast<double>(loaded.patch.origin[0] + s), static_cast<double>(loaded.patch.origin[1] + v), 0};
    // Every other row starts one voxel later, so that the samples do not stand in one grid's planes.
    const int64_t begin = o_.stride > 1 ? ((s + v) / o_.stride) % o_.stride : 0;
    const Index3 shape = level_shape(reference_.shape(), o_.factor);
    for (int64_t u = begin; u < loaded.patch.extent[2]; u += o_.stride) {
      at[2] = static_cast<double>(loaded.patch.origin[2] + u);
      bool inside = true;
      for (int axis = 0; axis < 3; ++axis) inside = inside && at[axis] >= 1 && at[axis] <= static_cast<double>(shape[axis]) - 2;
      if (!inside || !at_rest(at)) continue;
      double to[3];
      for (int i = 0; i < 3; ++i) {
        to[i] = m[i * 4] * at[0] + m[i * 4 + 1] * at[1] + m[i * 4 + 2] * at[2] + m[i * 4 + 3];
        inside = inside && to[i] >= 1 && to[i] <= static_cast<double>(level[i]) - 2;
      }
      if (!inside) continue;
      const float* r = loaded.reference.data() + ((s + halo_) * n[1] + v + halo_) * n[2] + u + halo_;
      for (int i = 0; i < 3; ++i) to[i] -= static_cast<double>(loaded.moved_origin[i]);
      float grey;
      double slope[3], other[3];
      if (!cubic_at(loaded.moved.data(), loaded.moved_shape, to, grey, slope)) continue;
      for (int i = 0; i < 3; ++i) other[i] = m[i] * slope[0] + m[4 + i] * slope[1] + m[8 + i] * slope[2];
      const double gradient[3] = {0.5 * (r[plane] - r[-plane]), 0.5 * (r[n[2]] - r[-n[2]]), 0.5 * (r[1] - r[-1])};
      visit(static_cast<double>(*r), gradient, static_cast<double>(grey), other, at);
    }
  }

  struct Accumulated {
    std::vector<Sums> planes;                 // one a sampled plane
    std::vector<std::vector<Sums>> blocks;    // by plane, only when asked for
  };

  std::vector<std::pair<size_t, int64_t>> sampled_planes() const {
    std::vector<std::pair<size_t, int64_t>> planes;
    for (size_t p = 0; p < loaded_.size(); ++p)
      for (int64_t s = 0; s < loaded_[p].patch.extent[0]; s += o_.stride) planes.emplace_back(p, s);
    return planes;
  }

  static void jacobian(double gain, double grey, const double* g, const double* at, const double* c, double* j) {
    const double x = at[0] - c[0], y = at[1] - c[1], z = at[2] - c[2];
    j[0] = gain * g[0];
    j[1] = gain * g[1];
    j[2] = gain * g[2];
    // d(w × r)/dw · g = (r × g)
    j[3] = gain * (y * g[2] - z * g[1]);
    j[4] = gain * (z * g[0] - x * g[2]);
    j[5] = gain * (x * g[1] - y * g[0]);
    j[6] = gain * (x * g[0] + y * g[1] + z * g[2]);
    j[7] = grey;
    j[8] = 1;
  }

  static void add_sample(Sums& sums, const double* j, const double* other, double residual, double weight, double slope) {
    for (int a = 0; a < kUnknowns; ++a) {
      const double wa = slope * j[a];
      for (int b = 0; b < kUnknowns; ++b) {
        sums.normal[a * kUnknowns + b] += wa * other[b];
        sums.own[a * kUnknowns + b] += wa * j[b];
      }
      sums.right[a] += weight * j[a] * residual;
    }
    sums.weight += weight;
    sums.n += 1;
  }

  // Derivative of residual × weight by the residual.
  static double tukey_slope(double residual, double scale) {
    const double t = residual / (kTukey * scale);
    if (!(std::abs(t) < 1)) return 0;
    return (1 - t * t) * (1 - 5 * t * t);
  }

  static double tukey(double residual, double scale) {
    const double t = residual / (kTukey * scale);
    if (!(std::abs(t) < 1)) return 0;
    return (1 - t * t) * (1 - t * t);
  }

  Accumulated accumulate(const Matrix4& m, double gain, double offset, double scale, bool blocks) const {
    const auto planes = sampled_planes();
    Accumulated all;
    all.planes.resize(planes.size());
    if (blocks) all.blocks.resize(planes.size());
    const double c[3] = {center_[0], center_[1], center_[2]};
    parallel_for(static_cast<int64_t>(planes.size()), o_.threads, [&](int64_t i) {
      const Loaded& loaded = loaded_[planes[i].first];
      const int64_t s = planes[i].second;
      const int64_t nv = (loaded.patch.extent[1] + kBlock - 1) / kBlock, nu = (loaded.patch.extent[2] + kBlock - 1) / kBlock;
      Sums sums;
      std::vector<Sums> own;
      if (blocks) own.resize(static_cast<size_t>(nv * nu));
      for (int64_t v = (s / o_.stride) % o_.stride; v < loaded.patch.extent[1]; v += o_.stride)
        row(loaded, s, v, m, [&](double r, const double* g, double moved, const double* h, const double* at) {
          double j[kUnknowns], k[kUnknowns];
          jacobian(gain, r, g, at, c, j);
          jacobian(1, r, h, at, c, k);
          const double residual = moved - (gain * r + offset), weight = tukey(residual, scale);
          const double slope = blocks ? tukey_slope(residual, scale) : weight;
          Sums& to = blocks ? own[(v / kBlock) * nu + static_cast<int64_t>(at[2] - loaded.patch.origin[2]) / kBlock] : sums;
          add_sample(to, j, k, residual, weight, slope);
          to.a += weight * r;
          to.b += weight * moved;
          to.aa += weight * r * r;
          to.bb += weight * moved * moved;
          to.ab += weight * r * moved;
        });
      if (blocks) {
        for (const Sums& block : own) sums.add(block);
        all.blocks[i] = std::move(own);
      }
      all.planes[i] = sums;
    });
    return all;
  }

  static Sums totals(const Accumulated& all) {
    Sums sums;
    for (const Sums& plane : all.planes) sums.add(plane);
    return sums;
  }

  std::vector<int> unknowns() const {
    std::vector<int> list;
    for (int i = 0; i < active_; ++i) list.push_back(i);
    list.push_back(8);
    return list;
  }

  // Inverse of a symmetrised slope over the unknowns, scaled first: grey values of 10⁴ and lever arms of 10³ voxels stand in
  // one matrix. False when it is not positive definite.
  bool inverse_slope(const double* slope, std::vector<double>& inverse) const {
    const auto list = unknowns();
    const int n = static_cast<int>(list.size());
    std::vector<double> a(static_cast<size_t>(n) * n), unit(n);
    for (int i = 0; i < n; ++i) {
      const double d = slope[list[i] * kUnknowns + list[i]];
      if (!(d > 0)) return false;
      unit[i] = 1 / std::sqrt(d);
    }
    for (int i = 0; i < n; ++i)
      for (int k = 0; k < n; ++k)
        a[i * n + k] = 0.5 * (slope[list[i] * kUnknowns + list[k]] + slope[list[k] * kUnknowns + list[i]]) * unit[i] * unit[k];
    if (!invert_spd(a, n, inverse)) return false;
    for (int i = 0; i < n; ++i)
      for (int k = 0; k < n; ++k) inverse[i * n + k] *= unit[i] * unit[k];
    return true;
  }

  bool inverse_normal(const Sums& sums, std::vector<double>& inverse) const {
    for (int i = 0; i < active_; ++i)
      if (sums.normal[i * kUnknowns + i] < kLeastTexture * sums.own[i * kUnknowns + i]) return false;
    return inverse_slope(sums.normal, inverse);
  }

  // Near the answer the shared texture's slope gives Newton's step; far from it nothing is shared yet, and the reference's own
  // slope gives a step that is short but sure.
  bool solve(const Sums& sums, std::vector<double>& step) const {
    std::vector<double> inverse;
    for (const bool shared : {true, false}) {
      if (!(shared ? inverse_normal(sums, inverse) : inverse_slope(sums.own, inverse))) continue;
      const auto list = unknowns();
      step.assign(kUnknowns, 0.0);
      const size_t n = list.size();
      for (size_t i = 0; i < n; ++i)
        for (size_t k = 0; k < n; ++k) step[list[i]] += inverse[i * n + k] * sums.right[list[k]];
      const double moved = corner_motion(motion(step.data(), step.data() + 3, step[6], center_));
      if (shared && moved > kLongest) continue;
      return std::isfinite(moved);
    }
    return false;
  }

  // A thin, even selection of residuals: enough for a median.
  std::vector<double> residuals(const Matrix4& m, double gain, double offset) const {
    const auto planes = sampled_planes();
    std::vector<std::vector<double>> parts(planes.size());
    parallel_for(static_cast<int64_t>(planes.size()), o_.threads, [&](int64_t i) {
      const Loaded& loaded = loaded_[planes[i].first];
      for (int64_t v = 0; v < loaded.patch.extent[1]; v += 4 * o_.stride)
        row(loaded, planes[i].second, v, m,
            [&](double r, const double*, double moved, const double*, const double*) { parts[i].push_back(moved - (gain * r + offset)); });
    });
    std::vector<double> all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
  }

  static double median(std::vector<double>& values) {
    if (values.empty()) return 0;
    auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
  }

  void estimate_scale(const Matrix4& m, double gain, double offset, double& scale) const {
    std::vector<double> r = residuals(m, gain, offset);
    const double centre = median(r);
    for (double& value : r) value = std::abs(value - centre);
    scale = std::max(1.4826 * median(r), 1e-6);
  }

  void estimate_contrast(const Matrix4& m, double& gain, double& offset, double& scale) const {
    gain = 1;
    std::vector<double> r = residuals(m, 1, 0);
    offset = median(r);
    estimate_scale(m, gain, offset, scale);
    scale *= 2;  // far from the answer, more must count
  }

  void finish(const Matrix4& m, double gain, double offset, double scale, RegisterResult& result) const {
    const Accumulated all = accumulate(m, gain, offset, scale, true);
    const Sums sums = totals(all);
    std::vector<double> inverse;
    if (!inverse_normal(sums, inverse)) throw std::runtime_error("the stable region has no texture to register on");
    const auto list = unknowns();
    const int n = static_cast<int>(list.size());
    // Blocks of kBlock³: planes of one patch within kBlock slices add up.
    const auto planes = sampled_planes();
    std::vector<double> meat(static_cast<size_t>(n) * n, 0.0);
    struct Group {
      Sums sums;
      double position[3] = {0, 0, 0};
    };
    std::vector<Group> groups;
    for (size_t first = 0; first < planes.size();) {
      size_t last = first;
      const size_t patch = planes[first].first;
      const int64_t slab = planes[first].second / kBlock;
      while (last < planes.size() && planes[last].first == patch && planes[last].second / kBlock == slab) ++last;
      const size_t count = all.blocks[first].size();
      for (size_t block = 0; block < count; ++block) {
        Sums one;
        for (size_t i = first; i < last; ++i) one.add(all.blocks[i][block]);
        if (one.n == 0) continue;
        for (int i = 0; i < n; ++i)
          for (int k = 0; k < n; ++k) meat[i * n + k] += one.right[list[i]] * one.right[list[k]];
      }
      first = last;
    }
    std::vector<double> covariance(static_cast<size_t>(n) * n, 0.0);
    for (int i = 0; i < n; ++i)
      for (int k = 0; k < n; ++k)
        for (int a = 0; a < n; ++a)
          for (int b = 0; b < n; ++b) covariance[i * n + k] += inverse[i * n + a] * meat[a * n + b] * inverse[b * n + k];
    for (int i = 0; i < active_; ++i)
      for (int k = 0; k < active_; ++k) {
        const double units = (i < 3 ? o_.factor : 1) * (k < 3 ? o_.factor : 1);
        result.covariance[i * kMotion + k] = covariance[i * n + k] * units;
      }
    local_shifts(all, planes, result);
    result.parameters = active_;
    result.gain = gain;
    result.offset = offset;
    result.residual = scale;
    result.inliers = sums.n > 0 ? sums.weight / sums.n : 0;
    result.samples = static_cast<int64_t>(sums.n);
    result.correlation = sums.correlation();
    // Back to view voxels.
    const double shift = (o_.factor - 1) / 2.0;
    result.matrix = m;
    for (int i = 0; i < 3; ++i) {
      double constant = m[i * 4 + 3] * o_.factor + shift;
      for (int j = 0; j < 3; ++j) constant -= m[i * 4 + j] * shift;
      result.matrix[i * 4 + 3] = constant;
    }
  }

  void local_shifts(const Accumulated& all, const std::vector<std::pair<size_t, int64_t>>& planes, RegisterResult& result) const {
    const int64_t per = kGroup / kBlock;
    for (size_t first = 0; first < planes.size();) {
      size_t last = first;
      const size_t p = planes[first].first;
      const int64_t slab = planes[first].second / kGroup;
      while (last < planes.size() && planes[last].first == p && planes[last].second / kGroup == slab) ++last;
      const Patch& patch = loaded_[p].patch;
      const int64_t nv = (patch.extent[1] + kBlock - 1) / kBlock, nu = (patch.extent[2] + kBlock - 1) / kBlock;
      for (int64_t gv = 0; gv < nv; gv += per)
        for (int64_t gu = 0; gu < nu; gu += per) {
          Sums sums;
          for (size_t i = first; i < last; ++i)
            for (int64_t v = gv; v < std::min(gv + per, nv); ++v)
              for (int64_t u = gu; u < std::min(gu + per, nu); ++u) sums.add(all.blocks[i][v * nu + u]);
          if (sums.n < 500) continue;
          std::vector<double> a(9), inverse;
          for (int i = 0; i < 3; ++i)
            for (int k = 0; k < 3; ++k) a[i * 3 + k] = 0.5 * (sums.normal[i * kUnknowns + k] + sums.normal[k * kUnknowns + i]);
          if (!invert_spd(a, 3, inverse)) continue;
          LocalShift local{};
          for (int i = 0; i < 3; ++i)
            for (int k = 0; k < 3; ++k) local.shift[i] -= inverse[i * 3 + k] * sums.right[k] * o_.factor;
          local.sigma = std::sqrt(inverse[0]) * result.residual * o_.factor;
          local.weight = sums.weight;
          local.position = {(patch.origin[0] + (planes[first].second + planes[last - 1].second) / 2.0) * o_.factor,
                            (patch.origin[1] + (gv + per / 2.0) * kBlock) * o_.factor,
                            (patch.origin[2] + (gu + per / 2.0) * kBlock) * o_.factor};
          result.local.push_back(local);
        }
      first = last;
    }
  }
};

}  // namespace

RegisterResult register_views(const View& reference, const View& moved, const RegisterOptions& options) {
  return Fit(reference, moved, options).run();
}

}  // namespace tomolapse
