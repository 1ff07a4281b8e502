#include "core/rings.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/parallel.h"

namespace tomolapse {
namespace {

constexpr int64_t window = 4;       // half the side of the square that is taken off
constexpr double guard = 5;         // pixels between neighbouring eighths
constexpr double inner = 20;        // radius below which an eighth is too short
constexpr int64_t least_pixels = 8;  // of a circle in either half

// Sums over squares of side 2·window + 1, at the border over what there is of them.
void square_sums(const std::vector<float>& in, int64_t ny, int64_t nx, std::vector<float>& out) {
  std::vector<float> rows(in.size());
  for (int64_t y = 0; y < ny; ++y) {
    double sum = 0;
    for (int64_t x = 0; x < std::min(window, nx); ++x) sum += in[y * nx + x];
    for (int64_t x = 0; x < nx; ++x) {
      if (x + window < nx) sum += in[y * nx + x + window];
      if (x - window - 1 >= 0) sum -= in[y * nx + x - window - 1];
      rows[y * nx + x] = static_cast<float>(sum);
    }
  }
  std::vector<double> sum(static_cast<size_t>(nx), 0.0);
  for (int64_t y = 0; y < std::min(window, ny); ++y)
    for (int64_t x = 0; x < nx; ++x) sum[x] += rows[y * nx + x];
  for (int64_t y = 0; y < ny; ++y) {
    if (y + window < ny)
      for (int64_t x = 0; x < nx; ++x) sum[x] += rows[(y + window) * nx + x];
    if (y - window - 1 >= 0)
      for (int64_t x = 0; x < nx; ++x) sum[x] -= rows[(y - window - 1) * nx + x];
    for (int64_t x = 0; x < nx; ++x) out[y * nx + x] = static_cast<float>(sum[x]);
  }
}

}  // namespace

RingReading ring_variance(const View& view, double centre_v, double centre_u, int64_t slices, int threads) {
  const Index3 shape = view.shape();
  const int64_t ny = shape[1], nx = shape[2], pixels = ny * nx;
  if (ny <= 2 * window || nx <= 2 * window) return {};
  // Circle of each pixel, and which of the two halves it belongs to; −1: neither.
  std::vector<int32_t> circle(static_cast<size_t>(pixels));
  std::vector<int8_t> half(static_cast<size_t>(pixels), -1);
  int32_t circles = 0;
  for (int64_t y = 0; y < ny; ++y)
    for (int64_t x = 0; x < nx; ++x) {
      const double dv = static_cast<double>(y) - centre_v, du = static_cast<double>(x) - centre_u, r = std::hypot(dv, du);
      circle[y * nx + x] = static_cast<int32_t>(r + 0.5);
      circles = std::max(circles, circle[y * nx + x] + 1);
      const bool border = y < window || x < window || y >= ny - window || x >= nx - window;
      if (r < inner || border) continue;
      const double eighth = (std::atan2(dv, du) / std::numbers::pi + 1) * 4;  // 0 … 8
      const double within = eighth - std::floor(eighth), to_border = std::min(within, 1 - within) * r * std::numbers::pi / 4;
      if (to_border > guard / 2) half[y * nx + x] = static_cast<int8_t>(static_cast<int>(eighth) % 2);
    }

  const int64_t taken = std::min(slices, shape[0]);
  std::vector<double> variances(static_cast<size_t>(taken), std::nan(""));
  parallel_for(taken, threads, [&](int64_t i) {
    const int64_t s = (2 * i + 1) * shape[0] / (2 * taken);
    std::vector<float> slice(static_cast<size_t>(pixels)), sums(slice.size()), squares(slice.size()), spread(slice.size());
    read_block(view, {s, 0, 0}, {1, ny, nx}, slice.data(), 1);
    double mean = 0;
    for (float value : slice) mean += value;
    mean /= static_cast<double>(pixels);
    for (int64_t p = 0; p < pixels; ++p) {
      slice[p] = std::isfinite(slice[p]) ? slice[p] - static_cast<float>(mean) : 0;
      squares[p] = slice[p] * slice[p];
    }
    square_sums(slice, ny, nx, sums);
    square_sums(squares, ny, nx, spread);
    constexpr float area = (2 * window + 1) * (2 * window + 1);
    std::vector<float> inside;
    for (int64_t p = 0; p < pixels; ++p) {
      const float local = sums[p] / area;
      spread[p] = std::max(0.0f, spread[p] / area - local * local);
      slice[p] -= local;
      if (half[p] >= 0) inside.push_back(spread[p]);
    }
    if (inside.size() < 400) return;
    // Edges stand out of the spread that noise and texture have everywhere. Their surroundings go with them.
    std::nth_element(inside.begin(), inside.begin() + static_cast<int64_t>(inside.size() / 4), inside.end());
    const float edge = 3 * inside[inside.size() / 4];
    std::vector<std::array<double, 2>> sum(static_cast<size_t>(circles)), count(static_cast<size_t>(circles));
    for (int64_t p = 0; p < pixels; ++p) {
      if (half[p] < 0 || spread[p] > edge) continue;
      sum[circle[p]][half[p]] += slice[p];
      count[circle[p]][half[p]] += 1;
    }
    double product = 0, weight = 0;
    for (int32_t c = 0; c < circles; ++c) {
      const auto& [even, odd] = count[c];
      if (even < least_pixels || odd < least_pixels) continue;
      const double w = even * odd / (even + odd);
      product += w * (sum[c][0] / even) * (sum[c][1] / odd);
      weight += w;
    }
    if (weight > 0) variances[i] = product / weight;
  });

  RingReading reading;
  double sum = 0, squares = 0;
  for (double variance : variances) {
    if (std::isnan(variance)) continue;
    ++reading.slices;
    sum += variance;
    squares += variance * variance;
  }
  if (reading.slices < 2) return reading;
  const double n = static_cast<double>(reading.slices);
  reading.variance = sum / n;
  reading.error = std::sqrt(std::max(0.0, squares / n - reading.variance * reading.variance) / (n - 1));
  return reading;
}

}  // namespace tomolapse
