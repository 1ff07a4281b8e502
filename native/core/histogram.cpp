#include "core/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/parallel.h"

namespace tomolapse {
namespace {

constexpr int64_t chunk_voxels = int64_t{1} << 22;

int64_t chunks_of(int64_t count) { return (count + chunk_voxels - 1) / chunk_voxels; }

struct Counts {
  std::vector<uint32_t> bins;
  uint64_t underflow = 0, overflow = 0;
};

// The edges decide, as in numpy: the scaled position is only a first guess.
struct Binning {
  std::vector<double> edge;
  double low, high, scale;
  int64_t bins;
  Binning(double low, double high, int64_t bins) : low(low), high(high), scale(static_cast<double>(bins) / (high - low)), bins(bins) {
    if (!(low < high) || !std::isfinite(high - low) || !std::isfinite(scale) || bins < 1) throw std::invalid_argument("a histogram needs low < high and at least one bin");
    for (int64_t i = 0; i <= bins; ++i) edge.push_back(low + static_cast<double>(i) * ((high - low) / static_cast<double>(bins)));
    edge.back() = high;
  }
  void count(const float* voxels, int64_t n, Counts& counts) const {
    for (int64_t i = 0; i < n; ++i) {
      const double value = voxels[i];
      if (value < low) {
        ++counts.underflow;
      } else if (value > high) {
        ++counts.overflow;
      } else if (value == value) {
        auto bin = std::min(static_cast<int64_t>((value - low) * scale), bins - 1);
        if (value < edge[bin]) --bin;
        else if (bin + 1 < bins && value >= edge[bin + 1]) ++bin;
        ++counts.bins[bin];
      }
    }
  }
  Histogram sum(const std::vector<Counts>& parts) const {
    Histogram all;
    all.low = low;
    all.high = high;
    all.counts.assign(bins, 0);
    for (const Counts& part : parts) {
      for (int64_t i = 0; i < bins; ++i) all.counts[i] += part.bins[i];
      all.underflow += part.underflow;
      all.overflow += part.overflow;
    }
    return all;
  }
};

}  // namespace

std::vector<uint64_t> histogram_of(const uint16_t* voxels, int64_t count, int threads) {
  const int64_t chunks = chunks_of(count);
  std::vector<std::vector<uint32_t>> parts(chunks);
  parallel_for(chunks, threads, [&](int64_t index) {
    // Two tables, so that equal neighbours do not wait for each other's sum.
    std::vector<uint32_t> even(65536, 0), odd(65536, 0);
    const uint16_t* from = voxels + index * chunk_voxels;
    const int64_t n = std::min(chunk_voxels, count - index * chunk_voxels);
    int64_t i = 0;
    for (; i + 1 < n; i += 2) {
      ++even[from[i]];
      ++odd[from[i + 1]];
    }
    if (i < n) ++even[from[i]];
    for (int value = 0; value < 65536; ++value) even[value] += odd[value];
    parts[index] = std::move(even);
  });
  std::vector<uint64_t> counts(65536, 0);
  for (const auto& part : parts)
    for (int value = 0; value < 65536; ++value) counts[value] += part[value];
  return counts;
}

Histogram histogram_of(const float* voxels, int64_t count, double low, double high, int64_t bins, int threads) {
  const Binning binning(low, high, bins);
  std::vector<Counts> parts(chunks_of(count));
  parallel_for(static_cast<int64_t>(parts.size()), threads, [&](int64_t index) {
    parts[index].bins.assign(bins, 0);
    binning.count(voxels + index * chunk_voxels, std::min(chunk_voxels, count - index * chunk_voxels), parts[index]);
  });
  return binning.sum(parts);
}

Histogram histogram_of(const View& view, const Index3& origin, const Index3& extent, double low, double high, int64_t bins, int threads) {
  const Binning binning(low, high, bins);
  // Pieces of whole slices along the slowest file axis would be read best; slices of the view are nearly as good.
  const int64_t slices = std::max<int64_t>(1, (chunk_voxels / 4) / std::max<int64_t>(1, extent[1] * extent[2]));
  std::vector<Counts> parts((extent[0] + slices - 1) / slices);
  parallel_for(static_cast<int64_t>(parts.size()), threads, [&](int64_t index) {
    const Index3 from = {origin[0] + index * slices, origin[1], origin[2]};
    const Index3 box = {std::min(slices, extent[0] - index * slices), extent[1], extent[2]};
    std::vector<float> voxels(static_cast<size_t>(box[0] * box[1] * box[2]));
    read_block(view, from, box, voxels.data());
    parts[index].bins.assign(bins, 0);
    binning.count(voxels.data(), static_cast<int64_t>(voxels.size()), parts[index]);
  });
  return binning.sum(parts);
}

std::array<float, 2> range_of(const float* voxels, int64_t count, int threads) {
  constexpr float infinite = std::numeric_limits<float>::infinity();
  std::vector<std::array<float, 2>> parts(chunks_of(count));
  parallel_for(static_cast<int64_t>(parts.size()), threads, [&](int64_t index) {
    const float* from = voxels + index * chunk_voxels;
    const int64_t n = std::min(chunk_voxels, count - index * chunk_voxels);
    float low[8], high[8];
    std::fill(low, low + 8, infinite);
    std::fill(high, high + 8, -infinite);
    for (int64_t i = 0; i < n; ++i) {  // comparisons with NaN are false: it never enters
      if (from[i] < low[i & 7]) low[i & 7] = from[i];
      if (from[i] > high[i & 7]) high[i & 7] = from[i];
    }
    parts[index] = {*std::min_element(low, low + 8), *std::max_element(high, high + 8)};
  });
  float low = infinite, high = -infinite;
  for (const auto& part : parts) {
    low = std::min(low, part[0]);
    high = std::max(high, part[1]);
  }
  constexpr float none = std::numeric_limits<float>::quiet_NaN();
  if (low > high) return {none, none};
  return {low, high};
}

Otsu otsu(const std::vector<uint64_t>& counts, double first, double step) {
  const auto full = [](uint64_t n) { return n > 0; };
  const auto begin = std::find_if(counts.begin(), counts.end(), full) - counts.begin();
  if (begin == static_cast<int64_t>(counts.size())) throw std::invalid_argument("a threshold needs at least one voxel");
  const auto end = counts.rend() - std::find_if(counts.rbegin(), counts.rend(), full);
  double all = 0, sum = 0, squares = 0;
  for (int64_t i = begin; i < end; ++i) {
    const double n = static_cast<double>(counts[i]), value = first + static_cast<double>(i) * step;
    all += n;
    sum += n * value;
  }
  const double mean = sum / all;
  std::vector<double> above_weight(end - begin + 1, 0), above_sum(end - begin + 1, 0);
  for (int64_t i = end - 1; i >= begin; --i) {
    const double n = static_cast<double>(counts[i]), value = first + static_cast<double>(i) * step;
    above_weight[i - begin] = above_weight[i - begin + 1] + n;
    above_sum[i - begin] = above_sum[i - begin + 1] + n * value;
    squares += n * (value - mean) * (value - mean);
  }
  Otsu best{begin, 0};
  double most = -1, weight = 0, below = 0;
  for (int64_t i = begin; i + 1 < end; ++i) {
    const double n = static_cast<double>(counts[i]), value = first + static_cast<double>(i) * step;
    weight += n;
    below += n * value;
    const double between = below / weight - above_sum[i - begin + 1] / above_weight[i - begin + 1];
    const double variance = weight * above_weight[i - begin + 1] * between * between;
    if (variance > most) {
      most = variance;
      best.bin = i;
    }
  }
  if (most > 0 && squares > 0) best.separability = most / (all * squares);
  return best;
}

}  // namespace tomolapse
