#include "core/ring_table.h"

#include <algorithm>
#include <cmath>

#include "core/parallel.h"

namespace tomolapse {
namespace {

constexpr int kSectors = 8;
constexpr int64_t kRunning = 8;  // radii on both sides of the running mean
constexpr int64_t kLeast = 24;   // voxels that make a ring

// Values less their running mean, weighted by counts.
void take_off_running_mean(std::vector<double>& mean, const std::vector<double>& count) {
  const int64_t n = static_cast<int64_t>(mean.size());
  std::vector<double> smooth(mean.size(), 0.0);
  for (int64_t r = 0; r < n; ++r) {
    double sum = 0, weight = 0;
    for (int64_t k = std::max<int64_t>(0, r - kRunning); k <= std::min(n - 1, r + kRunning); ++k) {
      sum += count[k] * mean[k];
      weight += count[k];
    }
    smooth[r] = weight > 0 ? sum / weight : 0;
  }
  for (int64_t r = 0; r < n; ++r) mean[r] = count[r] > 0 ? mean[r] - smooth[r] : 0;
}

}  // namespace

Rings find_rings(const View& view, const RingOptions& o) {
  const Index3 shape = view.shape();
  const double middle_v = (static_cast<double>(shape[1]) - 1) / 2, middle_u = (static_cast<double>(shape[2]) - 1) / 2;
  Rings rings;
  rings.radii = static_cast<int64_t>(std::ceil(std::hypot(middle_v, middle_u))) + 2;
  rings.table.assign(static_cast<size_t>(shape[0] * rings.radii), 0.0f);
  const int64_t from = std::clamp<int64_t>(o.from, 0, shape[0]), to = std::clamp<int64_t>(o.to, from, shape[0]);
  // Where each voxel of the disc is counted, the same in every slice: sector · radii + radius; −1 outside it.
  const int64_t plane = shape[1] * shape[2];
  std::vector<int32_t> place(static_cast<size_t>(plane), -1);
  for (int64_t v = 0; v < shape[1]; ++v)
    for (int64_t u = 0; u < shape[2]; ++u) {
      const double dv = static_cast<double>(v) - o.center[0], du = static_cast<double>(u) - o.center[1];
      if (dv * dv + du * du > o.radius * o.radius) continue;
      const double rv = static_cast<double>(v) - middle_v, ru = static_cast<double>(u) - middle_u;
      const int64_t r = static_cast<int64_t>(std::lround(std::sqrt(rv * rv + ru * ru)));
      const int sector = std::min(kSectors - 1, static_cast<int>((std::atan2(rv, ru) / 3.14159265358979323846 + 1) / 2 * kSectors));
      place[v * shape[2] + u] = static_cast<int32_t>(sector * rings.radii + r);
    }
  std::vector<double> counts(static_cast<size_t>(kSectors * rings.radii), 0.0);
  for (int32_t at : place)
    if (at >= 0) counts[at] += 1;
  std::vector<double> power(static_cast<size_t>(to - from), 0.0), chance(power.size(), 0.0);
  parallel_for(to - from, o.threads, [&](int64_t i) {
    const int64_t s = from + i;
    std::vector<float> slice(static_cast<size_t>(plane));
    read_block(view, {s, 0, 0}, {1, shape[1], shape[2]}, slice.data());
    std::vector<double> sums(counts.size(), 0.0);
    for (int64_t p = 0; p < plane; ++p)
      if (place[p] >= 0) sums[place[p]] += slice[p];
    std::vector<std::vector<double>> sum(kSectors), count(kSectors);
    for (int k = 0; k < kSectors; ++k) {
      sum[k].assign(sums.begin() + k * rings.radii, sums.begin() + (k + 1) * rings.radii);
      count[k].assign(counts.begin() + k * rings.radii, counts.begin() + (k + 1) * rings.radii);
    }
    std::vector<double> all(static_cast<size_t>(rings.radii), 0.0), weight = all;
    for (int k = 0; k < kSectors; ++k)
      for (int64_t r = 0; r < rings.radii; ++r) {
        all[r] += sum[k][r];
        weight[r] += count[k][r];
        if (count[k][r] > 0) sum[k][r] /= count[k][r];
      }
    for (int64_t r = 0; r < rings.radii; ++r)
      if (weight[r] > 0) all[r] /= weight[r];
    for (int64_t r = 0; r < rings.radii; ++r)
      if (weight[r] >= kLeast) rings.table[s * rings.radii + r] = static_cast<float>(all[r]);
    take_off_running_mean(all, weight);
    for (int k = 0; k < kSectors; ++k) take_off_running_mean(sum[k], count[k]);
    for (int64_t r = 0; r < rings.radii; ++r) {
      if (weight[r] < kLeast) continue;
      double scatter = 0;
      for (int k = 0; k < kSectors; ++k) {
        if (count[k][r] == 0) continue;
        const double share = count[k][r] / weight[r], apart = sum[k][r] - all[r];
        scatter += share * share * apart * apart;
      }
      power[i] += weight[r] * all[r] * all[r];
      chance[i] += weight[r] * scatter;
    }
  });
  // What all slices share at a radius is cupping or the sample; a ring is what a slice has of its own.
  std::vector<double> shared(static_cast<size_t>(rings.radii), 0.0), count = shared;
  for (int64_t s = from; s < to; ++s)
    for (int64_t r = 0; r < rings.radii; ++r)
      if (rings.table[s * rings.radii + r] != 0) {
        shared[r] += rings.table[s * rings.radii + r];
        count[r] += 1;
      }
  for (int64_t r = 0; r < rings.radii; ++r)
    if (count[r] > 0) shared[r] /= count[r];
  std::vector<double> sharp = shared;
  take_off_running_mean(sharp, count);
  for (int64_t s = from; s < to; ++s)
    for (int64_t r = 0; r < rings.radii; ++r) {
      float& value = rings.table[s * rings.radii + r];
      if (value != 0) value -= static_cast<float>(shared[r] - sharp[r]);
    }
  double total = 0, expected = 0;
  for (size_t i = 0; i < power.size(); ++i) {
    total += power[i];
    expected += chance[i];
  }
  rings.strength = expected > 0 ? total / expected : 0;
  return rings;
}

void take_off_rings(const float* table, int64_t radii, const Index3& shape, const Index3& origin, const Index3& extent,
                    float* block, int threads) {
  const double middle_v = (static_cast<double>(shape[1]) - 1) / 2, middle_u = (static_cast<double>(shape[2]) - 1) / 2;
  parallel_for(extent[0], threads, [&](int64_t i) {
    const int64_t s = std::clamp<int64_t>(origin[0] + i, 0, shape[0] - 1);
    const float* ring = table + s * radii;
    for (int64_t j = 0; j < extent[1]; ++j) {
      const double dv = static_cast<double>(std::clamp<int64_t>(origin[1] + j, 0, shape[1] - 1)) - middle_v;
      float* row = block + (i * extent[1] + j) * extent[2];
      for (int64_t k = 0; k < extent[2]; ++k) {
        const double du = static_cast<double>(std::clamp<int64_t>(origin[2] + k, 0, shape[2] - 1)) - middle_u;
        const double r = std::sqrt(dv * dv + du * du);
        const int64_t low = static_cast<int64_t>(r);
        if (low + 1 >= radii) continue;
        const float t = static_cast<float>(r - static_cast<double>(low));
        row[k] -= (1 - t) * ring[low] + t * ring[low + 1];
      }
    }
  });
}

}  // namespace tomolapse
