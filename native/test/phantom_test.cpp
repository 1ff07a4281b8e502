#include "core/phantom.h"

#include <algorithm>

#include "core/phantom_optics.h"
#include "test/check.h"

namespace tomolapse::test {
namespace {

PlaneSpline flat(double value, int64_t n = 24) {
  return {-4, -4, 2, n, n, std::vector<double>(static_cast<size_t>(n * n), value)};
}

PlaneSpline slope(double at_zero, double per_v) {
  PlaneSpline spline = flat(0);
  for (int64_t i = 0; i < spline.n0; ++i)
    for (int64_t j = 0; j < spline.n1; ++j)
      spline.coefficients[static_cast<size_t>(i * spline.n1 + j)] = at_zero + per_v * (spline.origin0 + static_cast<double>(i) * spline.spacing);
  return spline;
}

// Collector below 10 µm, then electrolyte; no end sideways.
PhantomScene half_space(PlaneSpline surface) {
  PhantomScene scene;
  scene.textured = false;
  scene.surfaces = {std::move(surface)};
  scene.zones = {{0, {0}, {collector, electrolyte}}};
  scene.grey[collector] = 1;
  return scene;
}

constexpr std::array<double, 12> as_it_lies{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0};

std::vector<float> evaluated(const PhantomScene& scene, const Index3& shape, const std::array<double, 12>& place_of = as_it_lies) {
  std::vector<float> out(static_cast<size_t>(shape[0] * shape[1] * shape[2]));
  evaluate_phantom(scene, place_of, {0, 0, 0}, shape, out.data(), 2);
  return out;
}

double sum_of(const std::vector<float>& values) {
  double sum = 0;
  for (float v : values) sum += v;
  return sum;
}

TEST("a phantom's voxel holds exactly the part of it below a surface") {
  const auto voxels = evaluated(half_space(slope(10.25, 0.125)), {20, 16, 16});
  for (int64_t y = 0; y < 16; ++y) {
    double column = 0;
    for (int64_t z = 0; z < 20; ++z) column += voxels[static_cast<size_t>((z * 16 + y) * 16 + 5)];
    // Voxel 0 begins half a voxel below zero.
    CHECK_NEAR(column, 10.75 + 0.125 * static_cast<double>(y), 1e-5);
  }
}

TEST("a phantom keeps its matter when it is moved by parts of a voxel") {
  PhantomScene scene = half_space(flat(10));
  scene.grey = {};
  scene.grey[lithium] = 1;
  PlaneSpline thickness = flat(-1);
  for (int64_t i = 0; i < 24; ++i)
    for (int64_t j = 0; j < 24; ++j) {
      const double dv = -4 + 2.0 * static_cast<double>(i) - 16, du = -4 + 2.0 * static_cast<double>(j) - 16;
      thickness.coefficients[static_cast<size_t>(i * 24 + j)] = 3 - (dv * dv + du * du) / 20;
    }
  scene.cracks = {{false, lithium, slope(15, 0.3), thickness}};
  const double still = sum_of(evaluated(scene, {36, 34, 34}));
  const double moved = sum_of(evaluated(scene, {36, 34, 34}, {1, 0, 0, -0.37, 0, 1, 0, 0.41, 0, 0, 1, -0.23}));
  CHECK(still > 80);
  CHECK_NEAR(moved / still, 1, 2e-4);
  double listed = 0;
  for (const auto& voxel : phantom_crack_voxels(scene)) listed += voxel.part;
  CHECK_NEAR(listed / still, 1, 1e-6);
}

TEST("cracks of a phantom that overlap share the place, the first one first") {
  PhantomScene scene = half_space(flat(4));
  scene.cracks = {{false, lithium, flat(12), flat(4)}, {false, empty, flat(13.5), flat(5)}, {false, empty, flat(12), flat(1)}};
  double part[3] = {};
  for (const auto& voxel : phantom_crack_voxels(scene))
    if (voxel.index[1] == 8 && voxel.index[2] == 8) part[voxel.crack] += voxel.part;
  CHECK_NEAR(part[0], 4, 1e-9);
  CHECK_NEAR(part[1], 2, 1e-9);  // 11 to 16 less 10 to 14
  CHECK_NEAR(part[2], 0, 1e-9);
  scene.surfaces[0] = flat(12);
  part[0] = 0;
  for (const auto& voxel : phantom_crack_voxels(scene))
    if (voxel.index[1] == 8 && voxel.index[2] == 8 && voxel.crack == 0) part[0] += voxel.part;
  CHECK_NEAR(part[0], 2, 1e-9);  // only in the electrolyte
}

TEST("a sheet through a phantom takes its thickness times the electrolyte's height") {
  PhantomScene scene = half_space(flat(8));
  scene.surfaces.push_back(flat(20));
  scene.zones = {{0, {0, 1}, {collector, electrolyte, copper}}};
  scene.cracks = {{true, lithium, flat(15.3), flat(2.4)}};
  double volume = 0;
  for (const auto& voxel : phantom_crack_voxels(scene))
    if (voxel.index[1] == 9) volume += voxel.part;
  CHECK_NEAR(volume, 2.4 * 12, 1e-6);
}

TEST("the cylinder of a phantom has the area of a circle") {
  PhantomScene scene = half_space(flat(100));
  scene.axis_v = 15.3;
  scene.axis_u = 16.1;
  scene.zones = {{11, {0}, {collector, electrolyte}}, {0, {}, {air}}};
  CHECK_NEAR(sum_of(evaluated(scene, {1, 34, 34})), M_PI * 121, 0.1);
  std::vector<double> thickness(34 * 34);
  scene.surfaces = {flat(3), flat(7)};
  scene.zones[0] = {11, {0, 1}, {collector, lithium, electrolyte}};
  phantom_thickness(scene, 34, 34, {{0, 1}}, thickness.data(), 2);
  double sum = 0;
  for (double t : thickness) sum += t;
  CHECK_NEAR(sum, 4 * M_PI * 121, 0.4);
}

PhantomOptics spoilt(VoxelType type) {
  PhantomOptics optics;
  optics.shape = {12, 18, 20};
  optics.type = type;
  optics.fringe = 0.2;
  optics.halo = 0.05;
  optics.halo_level = 0.5;
  optics.cupping = 0.03;
  optics.cupping_radius = 10;
  optics.rings = 0.01;
  optics.drift = {2, -1};
  optics.centre_error = 1;
  optics.turned = 0.7;
  optics.noise = 0.05;
  optics.noise_width = 0.6;
  optics.burst = {2, 5};
  optics.burst_noise = 0.2;
  optics.lost = {7, 8};
  optics.gain = 40000;
  optics.offset = 100;
  return optics;
}

TEST("a phantom's scan is the same whatever the threads, with every artefact") {
  PhantomScene scene = half_space(slope(6, 0.1));
  scene.textured = true;
  scene.grey[electrolyte] = 0.5;
  std::vector<uint16_t> one(12 * 18 * 20), three(one.size());
  render_phantom(scene, as_it_lies, spoilt(VoxelType::u16), one.data(), 1);
  render_phantom(scene, as_it_lies, spoilt(VoxelType::u16), three.data(), 3);
  CHECK(one == three);
  for (size_t i = 7 * 18 * 20; i < 8 * 18 * 20; ++i) CHECK_EQUAL(one[i], 0);
  std::vector<uint8_t> bytes(one.size());
  PhantomOptics optics = spoilt(VoxelType::u8);
  optics.gain = 1;
  optics.offset = 0;
  optics.black = 0;
  optics.white = 1;
  render_phantom(scene, as_it_lies, optics, bytes.data(), 2);
  CHECK_EQUAL(*std::max_element(bytes.begin(), bytes.end()), 255);
}

TEST("what a scan's turn spoils leaves the mean of each slice") {
  PhantomScene scene = half_space(flat(6));
  scene.axis_v = scene.axis_u = 9;
  scene.zones = {{6, {0}, {collector, electrolyte}}, {0, {}, {air}}};
  PhantomOptics optics;
  optics.shape = {4, 18, 20};
  optics.type = VoxelType::f32;
  std::vector<float> clean(4 * 18 * 20), drifted(clean.size());
  render_phantom(scene, as_it_lies, optics, clean.data(), 2);
  optics.drift = {3, 1};
  optics.turned = 0.6;
  render_phantom(scene, as_it_lies, optics, drifted.data(), 2);
  CHECK_NEAR(sum_of(drifted) / sum_of(clean), 1, 1e-4);
  double change = 0;
  for (size_t i = 0; i < clean.size(); ++i) change += std::abs(clean[i] - drifted[i]);
  CHECK(change > 0.1 * sum_of(clean));
}

}  // namespace
}  // namespace tomolapse::test
