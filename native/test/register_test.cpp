#include "core/register.h"

#include <limits>

#include "core/level.h"
#include "test/check.h"

using namespace tomolapse;
using namespace tomolapse::test;

namespace {

using Place = std::array<double, 3>;

// A smooth grey field known at every place: waves of 7 to 16 voxels in all directions, mean 0, standard deviation 1.
class Texture {
 public:
  explicit Texture(unsigned seed) {
    std::mt19937 random(seed);
    auto uniform = [&](double low, double high) { return low + (high - low) * (random() / 4294967296.0); };
    for (Wave& wave : waves_) {
      const double z = uniform(-1, 1), turn = uniform(0, 2 * kPi), number = 2 * kPi / uniform(7, 16);
      const double flat = std::sqrt(1 - z * z);
      wave = {{number * z, number * flat * std::cos(turn), number * flat * std::sin(turn)}, uniform(0, 2 * kPi)};
    }
  }
  double operator()(const Place& p) const {
    double sum = 0;
    for (const Wave& w : waves_) sum += std::cos(w.k[0] * p[0] + w.k[1] * p[1] + w.k[2] * p[2] + w.phase);
    return sum * std::sqrt(2.0 / kWaves);
  }

 private:
  static constexpr double kPi = 3.14159265358979323846;
  static constexpr int kWaves = 60;
  struct Wave {
    Place k;
    double phase;
  };
  Wave waves_[kWaves];
};

// Turn by `degrees` about an axis through `center`, scale about it, then shift.
Matrix4 moved_by(const Place& axis, double degrees, const Place& shift, const Place& center, double scale = 1) {
  const double length = std::sqrt(axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]);
  const double x = axis[0] / length, y = axis[1] / length, z = axis[2] / length;
  const double angle = degrees * 3.14159265358979323846 / 180, s = std::sin(angle), c = std::cos(angle), d = 1 - c;
  const double turned[9] = {c + x * x * d,     x * y * d - z * s, x * z * d + y * s, y * x * d + z * s, c + y * y * d,
                            y * z * d - x * s, z * x * d - y * s, z * y * d + x * s, c + z * z * d};
  Matrix4 m{};
  for (int i = 0; i < 3; ++i) {
    m[i * 4 + 3] = center[i] + shift[i];
    for (int j = 0; j < 3; ++j) {
      m[i * 4 + j] = scale * turned[i * 3 + j];
      m[i * 4 + 3] -= m[i * 4 + j] * center[j];
    }
  }
  m[15] = 1;
  return m;
}

Place apply(const Matrix4& m, const Place& p) {
  Place to{};
  for (int i = 0; i < 3; ++i) to[i] = m[i * 4] * p[0] + m[i * 4 + 1] * p[1] + m[i * 4 + 2] * p[2] + m[i * 4 + 3];
  return to;
}

// Place of a similarity's result that comes from `p`.
Place undone(const Matrix4& m, const Place& p) {
  const double scale = m[0] * m[0] + m[1] * m[1] + m[2] * m[2];
  Place to{};
  for (int j = 0; j < 3; ++j)
    for (int i = 0; i < 3; ++i) to[j] += m[i * 4 + j] * (p[i] - m[i * 4 + 3]) / scale;
  return to;
}

constexpr Index3 kShape = {40, 48, 52};
constexpr Place kMiddle = {19.5, 23.5, 25.5};
constexpr Matrix4 kIdentity = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};

struct Contrast {
  double gain = 2000, offset = 20000, noise = 0;
};

// A scan of a material that `m` has moved: the voxel at m·p shows what the unmoved scan shows at p.
View scan_of(const Texture& texture, const Matrix4& m, const Contrast& contrast, unsigned seed) {
  std::vector<float> voxels(static_cast<size_t>(voxels_of(kShape)));
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  for (int64_t i = 0; i < voxels_of(kShape); ++i) {
    const Place p = {static_cast<double>(i / (kShape[1] * kShape[2])), static_cast<double>(i / kShape[2] % kShape[1]),
                     static_cast<double>(i % kShape[2])};
    double grey = contrast.offset + contrast.gain * texture(undone(m, p));
    if (contrast.noise > 0) grey += contrast.noise * normal(random);
    voxels[i] = static_cast<float>(grey);
  }
  return view_in_memory(voxels, kShape, VoxelType::f32);
}

RegisterOptions whole(int factor = 1) {
  RegisterOptions o;
  o.factor = factor;
  o.patches = {{{0, 0, 0}, {kShape[0] / factor, kShape[1] / factor, kShape[2] / factor}}};
  o.start = kIdentity;
  o.center = kMiddle;
  o.threads = 2;
  return o;
}

// Root mean square distance between where two motions take the inner voxels of the reference.
double apart(const Matrix4& a, const Matrix4& b) {
  double sum = 0;
  int n = 0;
  for (double s = 5; s < kShape[0] - 5; s += 5)
    for (double v = 5; v < kShape[1] - 5; v += 5)
      for (double u = 5; u < kShape[2] - 5; u += 5, ++n) {
        const Place p = apply(a, {s, v, u}), q = apply(b, {s, v, u});
        for (int i = 0; i < 3; ++i) sum += (p[i] - q[i]) * (p[i] - q[i]);
      }
  return std::sqrt(sum / n);
}

}  // namespace

TEST("registration finds a rigid motion of an analytic texture to 0.005 voxel") {
  const Texture texture(1);
  const View reference = scan_of(texture, kIdentity, {}, 1);
  const Matrix4 motions[] = {moved_by({1, 0, 0}, 0, {0.5, -0.25, 1.3}, kMiddle), moved_by({1, 0.2, -0.3}, 0.8, {-1.1, 0.7, 0.4}, kMiddle),
                             moved_by({0.1, 1, 1}, -0.6, {0.2, -1.4, -0.6}, kMiddle)};
  for (const Matrix4& m : motions) {
    const RegisterResult found = register_views(reference, scan_of(texture, m, {}, 2), whole());
    CHECK(found.converged);
    CHECK_NEAR(apart(found.matrix, m), 0, 0.005);
    CHECK_NEAR(found.gain, 1, 0.002);
    CHECK(found.correlation > 0.9999);
    CHECK(found.correlation_before < 0.95);
  }
}

TEST("registration finds gain and offset with the motion, and neither moves the other") {
  const Texture texture(2);
  const Matrix4 m = moved_by({1, -0.4, 0.5}, 0.5, {0.9, -0.6, 1.1}, kMiddle);
  // A gain of 1 on the reference's greys is 1.06 here; offset as moved = gain · reference + offset.
  const RegisterResult found =
      register_views(scan_of(texture, kIdentity, {}, 1), scan_of(texture, m, {2000 * 1.06, 20000 * 1.06 - 900, 0}, 2), whole());
  CHECK_NEAR(apart(found.matrix, m), 0, 0.005);
  CHECK_NEAR(found.gain, 1.06, 0.002);
  CHECK_NEAR(found.gain * 20000 + found.offset, 20000 * 1.06 - 900, 5);
}

TEST("registration on a coarser level tells the motion in voxels of the view") {
  const Texture texture(3);
  const Matrix4 m = moved_by({1, 0.1, 0}, 1, {2.4, -3.1, 1.7}, kMiddle);
  RegisterOptions o = whole(2);
  o.stride = 1;
  o.tolerance = 0.001;
  const View reference = scan_of(texture, kIdentity, {}, 1), scan = scan_of(texture, m, {}, 2);
  const RegisterResult coarse = register_views(reference, scan, o);
  CHECK_NEAR(apart(coarse.matrix, m), 0, 0.05);
  RegisterOptions fine = whole();
  fine.start = coarse.matrix;
  const RegisterResult sharp = register_views(reference, scan, fine);
  CHECK_NEAR(apart(sharp.matrix, m), 0, 0.005);
}

TEST("the place between voxels is seen without a bias that depends on it") {
  // Waves of five voxels: Keys' kernel would put the scan more than 0.01 voxel off.
  const Index3 shape = {32, 32, 64};
  auto scan = [&](double shift) {
    std::vector<float> voxels(static_cast<size_t>(voxels_of(shape)));
    for (int64_t i = 0; i < voxels_of(shape); ++i) {
      const double s = static_cast<double>(i / (32 * 64)), v = static_cast<double>(i / 64 % 32), u = static_cast<double>(i % 64) - shift;
      voxels[i] = static_cast<float>(1000 * (std::sin(1.25 * u + 0.3 * v) + std::sin(0.9 * v + 0.2 * s) + std::sin(0.8 * s - 0.4 * u)));
    }
    return view_in_memory(voxels, shape, VoxelType::f32);
  };
  const View reference = scan(0);
  for (double shift : {0.1, 0.25, 0.4, 0.75}) {
    RegisterOptions o = whole();
    o.patches = {{{0, 0, 0}, shape}};
    o.model = MotionModel::shift;
    const RegisterResult found = register_views(reference, scan(shift), o);
    CHECK_NEAR(found.matrix[11], shift, 0.003);
    CHECK_NEAR(found.matrix[3], 0, 0.003);
  }
}

TEST("copies that are binned already are registered as the scans themselves") {
  const Texture texture(12);
  const Matrix4 m = moved_by({1, 0.1, 0}, 1, {1.4, -2.1, 1.7}, kMiddle);
  const View reference = scan_of(texture, kIdentity, {}, 1), scan = scan_of(texture, m, {}, 2);
  RegisterOptions o = whole(2);
  o.stride = 1;
  const RegisterResult wanted = register_views(reference, scan, o);
  o.binned = 2;
  const RegisterResult found = register_views(View{hold_level(reference, 2, 2, 2)}, View{hold_level(scan, 2, 2, 1)}, o);
  for (int i = 0; i < 16; ++i) CHECK_EQUAL(found.matrix[i], wanted.matrix[i]);
  for (int i = 0; i < 49; ++i) CHECK_EQUAL(found.covariance[i], wanted.covariance[i]);
}

TEST("a level that is held shows the view's axes, of all voxels or of some rows") {
  const Index3 shape = {12, 18, 24};
  std::vector<float> slope(static_cast<size_t>(voxels_of(shape)));
  for (int64_t i = 0; i < voxels_of(shape); ++i) slope[i] = static_cast<float>(i / (18 * 24) * 10000 + i / 24 % 18 * 100 + i % 24);
  View view = view_in_memory(slope, shape, VoxelType::f32);
  view.axis = {2, 0, 1};
  view.flip = {true, false, true};
  const Index3 level = {4, 2, 3};
  std::vector<float> wanted(24), found(24);
  read_level(view, 6, {0, 0, 0}, level, wanted.data(), 1);
  for (const int taps : {6, 2}) {
    read_block(View{hold_level(view, 6, taps, 2)}, {0, 0, 0}, level, found.data());
    for (int i = 0; i < 24; ++i) CHECK_NEAR(found[i], wanted[i], 0.02);
  }
}

TEST("a fit of no steps keeps its start on every level and tells how well it agrees") {
  const Texture texture(8);
  const Matrix4 m = moved_by({1, 0.3, 0.2}, 4, {1.4, -2.1, 0.7}, kMiddle);
  const View reference = scan_of(texture, kIdentity, {}, 1), scan = scan_of(texture, m, {}, 2);
  for (int factor : {1, 2}) {
    RegisterOptions o = whole(factor);
    o.iterations = 0;
    o.start = m;
    const RegisterResult right = register_views(reference, scan, o);
    CHECK_NEAR(apart(right.matrix, m), 0, 1e-9);
    CHECK(right.correlation > 0.999);
    o.start = moved_by({1, 0.3, 0.2}, 4, {3.4, -2.1, 0.7}, kMiddle);
    CHECK(register_views(reference, scan, o).correlation < 0.9);
  }
}

TEST("a similarity finds a change of scale, a rigid motion keeps none, a shift turns nothing") {
  const Texture texture(4);
  const Matrix4 m = moved_by({0.3, 1, 0.2}, 0.5, {0.4, 0.3, -0.8}, kMiddle, 1.01);
  const View reference = scan_of(texture, kIdentity, {}, 1), scan = scan_of(texture, m, {}, 2);
  auto scale = [](const Matrix4& a) { return std::sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]); };
  RegisterOptions o = whole();
  o.model = MotionModel::similarity;
  const RegisterResult similar = register_views(reference, scan, o);
  CHECK_NEAR(apart(similar.matrix, m), 0, 0.005);
  CHECK_NEAR(scale(similar.matrix), 1.01, 2e-4);
  CHECK_EQUAL(similar.parameters, 7);
  o.model = MotionModel::rigid;
  CHECK_NEAR(scale(register_views(reference, scan, o).matrix), 1, 1e-9);
  o.model = MotionModel::shift;
  const RegisterResult shifted = register_views(reference, scan, o);
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) CHECK_EQUAL(shifted.matrix[i * 4 + j], i == j ? 1.0 : 0.0);
  CHECK_EQUAL(shifted.parameters, 3);
}

TEST("the uncertainty of a registration on faint texture is honest") {
  // Texture at 0.6 of the noise: what is left of chance in the shift along each axis, and what was claimed.
  double worst = 0, square = 0, claimed = 0;
  const int runs = 10;
  for (unsigned seed = 0; seed < runs; ++seed) {
    const Texture texture(10 + seed);
    const Matrix4 m = moved_by({1, 0.5, -1}, 0.3, {0.4, -0.3, 0.6}, kMiddle);
    const Contrast faint = {600, 20000, 1000};
    const RegisterResult found = register_views(scan_of(texture, kIdentity, faint, 2 * seed + 1), scan_of(texture, m, faint, 2 * seed + 2), whole());
    const Place p = apply(found.matrix, kMiddle), q = apply(m, kMiddle);
    for (int axis = 0; axis < 3; ++axis) {
      const double sigma = std::sqrt(found.covariance[axis * 7 + axis]);
      CHECK(std::isfinite(sigma) && sigma > 0.001);
      worst = std::max(worst, std::abs(p[axis] - q[axis]) / sigma);
      square += (p[axis] - q[axis]) * (p[axis] - q[axis]);
      claimed += sigma * sigma;
    }
    // Symmetric, and nothing claimed of a scale that was not sought.
    for (int i = 0; i < 7; ++i) {
      for (int k = 0; k < i; ++k) CHECK_NEAR(found.covariance[i * 7 + k], found.covariance[k * 7 + i], 1e-12);
      CHECK_EQUAL(found.covariance[i * 7 + 6], 0.0);
    }
  }
  CHECK(worst < 4);
  const double ratio = std::sqrt(claimed / square);
  CHECK(ratio > 0.6 && ratio < 1.4);
  CHECK(std::sqrt(square / (3 * runs)) < 0.05);
}

TEST("the uncertainty is told in voxels of the view on every level") {
  const Texture texture(9);
  const Contrast noisy = {1500, 20000, 1000};
  const View reference = scan_of(texture, kIdentity, noisy, 1), scan = scan_of(texture, moved_by({1, 0, 0}, 0.2, {0.3, 0.2, -0.4}, kMiddle), noisy, 2);
  RegisterOptions coarse = whole(2);
  coarse.stride = 1;
  const RegisterResult one = register_views(reference, scan, whole()), two = register_views(reference, scan, coarse);
  for (int axis = 0; axis < 6; ++axis) {
    const double ratio = std::sqrt(two.covariance[axis * 8] / one.covariance[axis * 8]);
    CHECK(ratio > 0.75 && ratio < 4);
  }
}

TEST("registration follows what the mask marks and nothing else") {
  // The scan's upper part has moved differently from its lower one.
  const Texture texture(5);
  const Matrix4 lower = moved_by({1, 1, 0}, 0.4, {0.6, -0.9, 0.3}, kMiddle), upper = moved_by({0, 1, 0}, 0, {-0.7, 0.8, 1.2}, kMiddle);
  std::vector<float> voxels(static_cast<size_t>(voxels_of(kShape))), other(voxels.size());
  read_block(scan_of(texture, lower, {}, 1), {0, 0, 0}, kShape, voxels.data());
  read_block(scan_of(texture, upper, {}, 1), {0, 0, 0}, kShape, other.data());
  const int64_t half = 20 * kShape[1] * kShape[2];
  std::copy(other.begin() + half, other.end(), voxels.begin() + half);
  const View reference = scan_of(texture, kIdentity, {}, 1), scan = view_in_memory(voxels, kShape, VoxelType::f32);
  const Index3 cells = {10, 12, 13};
  for (const bool low : {true, false}) {
    std::vector<uint8_t> rest(static_cast<size_t>(voxels_of(cells)), 0);
    const int64_t from = low ? 0 : 7, to = low ? 3 : 10;
    std::fill(rest.begin() + from * 12 * 13, rest.begin() + to * 12 * 13, 1);
    RegisterOptions o = whole();
    o.mask = {rest.data(), cells, 4};
    const RegisterResult found = register_views(reference, scan, o);
    const double middle = 2.0 * static_cast<double>(from + to);
    for (double s : {middle - 4, middle, middle + 4}) {
      const Place p = apply(found.matrix, {s, 24, 26}), q = apply(low ? lower : upper, {s, 24, 26});
      for (int i = 0; i < 3; ++i) CHECK_NEAR(p[i], q[i], 0.01);
    }
    CHECK(found.samples < 12 * 48 * 52 / 8 + 100);
  }
}

TEST("registration gives the same bytes with any number of threads") {
  const Texture texture(6);
  const Contrast noisy = {2000, 20000, 500};
  const View reference = scan_of(texture, kIdentity, noisy, 1),
             scan = scan_of(texture, moved_by({1, 0, 1}, 0.5, {0.7, 0.2, -0.4}, kMiddle), noisy, 2);
  auto bytes = [&](double* out, int threads) {
    RegisterOptions o = whole();
    o.threads = threads;
    const RegisterResult found = register_views(reference, scan, o);
    std::copy(found.matrix.begin(), found.matrix.end(), out);
    std::copy(found.covariance.begin(), found.covariance.end(), out + 16);
    out[65] = found.gain;
    out[66] = found.correlation;
    out[67] = found.local.empty() ? 0 : found.local[0].shift[0];
  };
  const auto found = same_everywhere<double>(68, bytes);
  CHECK(found[67] != 0);
}

TEST("registration refuses a scan without overlap and a reference without texture") {
  const Texture texture(7);
  const View reference = scan_of(texture, kIdentity, {}, 1);
  RegisterOptions o = whole();
  o.start = moved_by({1, 0, 0}, 0, {39, 0, 0}, kMiddle);
  CHECK_THROWS(std::runtime_error, register_views(reference, reference, o));
  const View even = view_in_memory(std::vector<float>(static_cast<size_t>(voxels_of(kShape)), 5.0f), kShape, VoxelType::f32);
  CHECK_THROWS(std::runtime_error, register_views(even, even, whole()));
}
