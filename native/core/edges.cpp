#include "core/edges.h"

#include <algorithm>
#include <cmath>

#include "core/parallel.h"

namespace tomolapse {
namespace {

constexpr int64_t edge = 32, reach = 8, wide = edge + 2 * reach;
constexpr int64_t per_tile = 8, apart = 6;
constexpr int bins_a_voxel = 4, bins = 2 * 7 * bins_a_voxel;  // profile from −7 to 7 voxels
constexpr float radius = 2;

// Slopes along z, y, x of the voxels smoothed by (1, 2, 1)/4 across.
std::array<float, 3> slope(const float* v) {
  constexpr int64_t stride[3] = {wide * wide, wide, 1};
  std::array<float, 3> result{};
  for (int k = 0; k < 3; ++k) {
    const int64_t along = stride[k], a = stride[(k + 1) % 3], b = stride[(k + 2) % 3];
    float sum = 0;
    for (int64_t i = -1; i <= 1; ++i)
      for (int64_t j = -1; j <= 1; ++j) {
        const float weight = (i == 0 ? 2.0f : 1.0f) * (j == 0 ? 2.0f : 1.0f);
        const float* at = v + i * a + j * b;
        sum += weight * (at[along] - at[-along]);
      }
    result[k] = sum / 32;
  }
  return result;
}

float length(const std::array<float, 3>& v) { return std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]); }

// Solves the 4×4 system in place; false where it is singular.
bool solve(double (&a)[4][5]) {
  for (int i = 0; i < 4; ++i) {
    int pivot = i;
    for (int r = i + 1; r < 4; ++r)
      if (std::abs(a[r][i]) > std::abs(a[pivot][i])) pivot = r;
    if (std::abs(a[pivot][i]) < 1e-12) return false;
    std::swap(a[i], a[pivot]);
    for (int r = 0; r < 4; ++r) {
      if (r == i) continue;
      const double f = a[r][i] / a[i][i];
      for (int c = i; c < 5; ++c) a[r][c] -= f * a[i][c];
    }
  }
  for (int i = 0; i < 4; ++i) a[i][4] /= a[i][i];
  return true;
}

struct Profile {
  std::array<double, bins> sum{}, count{};
};

// low + step · Φ((t − place) / width), by damped Gauss–Newton on the binned profile.
bool fit_step(const Profile& profile, EdgeReading& reading) {
  auto at = [](int bin) { return (bin + 0.5) / bins_a_voxel - bins / (2.0 * bins_a_voxel); };
  double low = 0, high = 0, low_count = 0, high_count = 0;
  for (int i = 0; i < bins; ++i) {
    if (at(i) < -3.5) low += profile.sum[i], low_count += profile.count[i];
    if (at(i) > 3.5) high += profile.sum[i], high_count += profile.count[i];
  }
  if (low_count < 20 || high_count < 20) return false;
  double parameters[4] = {low / low_count, high / high_count - low / low_count, 0, 1.2};
  double damping = 1e-3, before = 1e300;
  auto misfit = [&](const double* p) {
    double sum = 0;
    for (int i = 0; i < bins; ++i) {
      if (profile.count[i] == 0) continue;
      const double r = profile.sum[i] / profile.count[i] - p[0] - p[1] * 0.5 * std::erfc(-(at(i) - p[2]) / (p[3] * 1.41421356237));
      sum += profile.count[i] * r * r;
    }
    return sum;
  };
  before = misfit(parameters);
  for (int round = 0; round < 12; ++round) {
    double normal[4][5] = {};
    for (int i = 0; i < bins; ++i) {
      if (profile.count[i] == 0) continue;
      const double u = (at(i) - parameters[2]) / parameters[3];
      const double phi = 0.5 * std::erfc(-u / 1.41421356237), density = std::exp(-0.5 * u * u) * 0.3989422804;
      const double r = profile.sum[i] / profile.count[i] - parameters[0] - parameters[1] * phi;
      const double j[4] = {1, phi, -parameters[1] * density / parameters[3], -parameters[1] * density * u / parameters[3]};
      for (int a = 0; a < 4; ++a) {
        for (int b = 0; b < 4; ++b) normal[a][b] += profile.count[i] * j[a] * j[b];
        normal[a][4] += profile.count[i] * j[a] * r;
      }
    }
    for (int a = 0; a < 4; ++a) normal[a][a] *= 1 + damping;
    if (!solve(normal)) return false;
    double next[4];
    for (int a = 0; a < 4; ++a) next[a] = parameters[a] + normal[a][4];
    next[2] = std::clamp(next[2], -3.0, 3.0);
    next[3] = std::clamp(next[3], 0.15, 6.0);
    const double after = misfit(next);
    if (after < before) {
      const bool settled = before - after < 1e-4 * before;
      std::copy(next, next + 4, parameters);
      before = after;
      damping *= 0.3;
      if (settled) break;
    } else {
      damping *= 10;
    }
  }
  double count = 0;
  for (double n : profile.count) count += n;
  reading.step = static_cast<float>(parameters[1]);
  reading.width = static_cast<float>(parameters[3]);
  reading.misfit = static_cast<float>(std::sqrt(before / count));
  return true;
}

}  // namespace

std::vector<EdgeReading> edge_widths(const Volume& volume, int64_t most_tiles, float least, int threads) {
  const Index3 shape = volume.shape();
  Index3 tiles;
  for (int k = 0; k < 3; ++k) tiles[k] = std::max<int64_t>(1, (shape[k] - 2 * reach + edge - 1) / edge);
  if (std::min({shape[0], shape[1], shape[2]}) < 2 * reach + 2) return {};
  const int64_t all = tiles[0] * tiles[1] * tiles[2], taken = std::min(all, most_tiles);
  std::vector<std::vector<EdgeReading>> found(static_cast<size_t>(taken));
  parallel_for(taken, threads, [&](int64_t i) {
    const int64_t n = static_cast<int64_t>((static_cast<double>(i) + 0.5) * static_cast<double>(all) / static_cast<double>(taken));
    const Index3 tile = {n / (tiles[1] * tiles[2]), n / tiles[2] % tiles[1], n % tiles[2]};
    Index3 origin, extent;
    for (int k = 0; k < 3; ++k) {
      origin[k] = tile[k] * edge;
      extent[k] = std::min(wide, shape[k] - origin[k]);
      if (extent[k] < 2 * reach + 2) return;
    }
    std::vector<float> voxels(static_cast<size_t>(wide * wide * wide), 0.0f);
    for (int64_t z = 0; z < extent[0]; ++z)
      for (int64_t y = 0; y < extent[1]; ++y)
        volume.read_row(origin[0] + z, origin[1] + y, origin[2], origin[2] + extent[2], &voxels[static_cast<size_t>((z * wide + y) * wide)]);

    struct Candidate {
      float steepness;
      int64_t at;
    };
    std::vector<Candidate> candidates;
    // Every second voxel will do: the fit finds the place of the edge.
    for (int64_t z = reach; z < extent[0] - reach; z += 2)
      for (int64_t y = reach; y < extent[1] - reach; y += 2)
        for (int64_t x = reach; x < extent[2] - reach; x += 2) {
          const int64_t at = (z * wide + y) * wide + x;
          const float steepness = length(slope(&voxels[static_cast<size_t>(at)]));
          if (steepness > least) candidates.push_back({steepness, at});
        }
    std::sort(candidates.begin(), candidates.end(),
              [](const Candidate& a, const Candidate& b) { return a.steepness != b.steepness ? a.steepness > b.steepness : a.at < b.at; });
    std::vector<Index3> chosen;
    for (const Candidate& candidate : candidates) {
      const Index3 at = {candidate.at / (wide * wide), candidate.at / wide % wide, candidate.at % wide};
      const bool near = std::any_of(chosen.begin(), chosen.end(), [&](const Index3& other) {
        return std::abs(other[0] - at[0]) < apart && std::abs(other[1] - at[1]) < apart && std::abs(other[2] - at[2]) < apart;
      });
      if (near) continue;
      chosen.push_back(at);
      // The normal is the mean slope of the neighbourhood: noise turns that of one voxel.
      std::array<float, 3> normal{};
      for (int64_t dz = -1; dz <= 1; ++dz)
        for (int64_t dy = -1; dy <= 1; ++dy)
          for (int64_t dx = -1; dx <= 1; ++dx) {
            const auto s = slope(&voxels[static_cast<size_t>(candidate.at + (dz * wide + dy) * wide + dx)]);
            for (int k = 0; k < 3; ++k) normal[k] += s[k];
          }
      const float norm = length(normal);
      if (norm > 0) {
        for (float& part : normal) part /= norm;
        Profile profile;
        std::array<std::array<float, 2>, 2> ranges{{{INFINITY, -INFINITY}, {INFINITY, -INFINITY}}};
        for (int64_t z = -reach; z < reach; ++z)
          for (int64_t y = -reach; y < reach; ++y) {
            // Along x the cylinder around the normal is a short stretch.
            const float* row = &voxels[static_cast<size_t>(candidate.at + (z * wide + y) * wide)];
            for (int64_t x = -reach; x < reach; ++x) {
              const float t = normal[0] * static_cast<float>(z) + normal[1] * static_cast<float>(y) + normal[2] * static_cast<float>(x);
              const float squared = static_cast<float>(z * z + y * y + x * x) - t * t;
              if (squared > radius * radius) continue;
              const int bin = static_cast<int>(std::floor((t + 7) * bins_a_voxel));
              if (bin < 0 || bin >= bins) continue;
              profile.sum[bin] += row[x];
              profile.count[bin] += 1;
              if (std::abs(t) > 2) {
                auto& range = ranges[t > 0];
                range = {std::min(range[0], row[x]), std::max(range[1], row[x])};
              }
            }
          }
        EdgeReading reading;
        reading.normal = normal;
        for (int k = 0; k < 3; ++k) reading.place[k] = static_cast<float>(origin[k] + at[k]);
        // Nothing but one value on one side: the border of a round field of view, which no optics has blurred.
        const bool border = (ranges[0][0] == ranges[0][1]) != (ranges[1][0] == ranges[1][1]);
        if (!border && fit_step(profile, reading)) found[i].push_back(reading);
      }
      if (static_cast<int64_t>(chosen.size()) == per_tile) break;
    }
  });
  std::vector<EdgeReading> result;
  for (const auto& part : found) result.insert(result.end(), part.begin(), part.end());
  return result;
}

}  // namespace tomolapse
