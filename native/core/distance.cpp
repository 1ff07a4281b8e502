#include "core/distance.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/parallel.h"

namespace tomolapse {
namespace {

constexpr float infinite = std::numeric_limits<float>::infinity();
constexpr int64_t columns_at_once = 16;  // a cache line of floats

// Squared distances along a row.
void along_row(const uint8_t* mask, int64_t n, double spacing, float* out) {
  const double square = spacing * spacing;
  int64_t steps = -1;  // to the last voxel outside, −1 before there was one
  for (int64_t x = 0; x < n; ++x) {
    steps = mask[x] == 0 ? 0 : steps < 0 ? -1 : steps + 1;
    out[x] = steps < 0 ? infinite : static_cast<float>(static_cast<double>(steps * steps) * square);
  }
  steps = -1;
  for (int64_t x = n - 1; x >= 0; --x) {
    steps = mask[x] == 0 ? 0 : steps < 0 ? -1 : steps + 1;
    if (steps >= 0) out[x] = std::min(out[x], static_cast<float>(static_cast<double>(steps * steps) * square));
  }
}

struct Envelope {
  std::vector<double> height, place;
  explicit Envelope(int64_t n) : height(n), place(n) {}

  // out[i] = min over j of in[j] + ((i − j) · spacing)².
  void lower(const float* in, int64_t n, double spacing, float* out) {
    int64_t kept = 0;
    for (int64_t i = 0; i < n; ++i) {
      if (in[i] == infinite) continue;
      const double f = in[i], x = static_cast<double>(i) * spacing;
      while (kept >= 2) {
        // The last parabola is nowhere lowest when the new one passes below before it does.
        const double a = place[kept - 1] - place[kept - 2], b = x - place[kept - 1], c = a + b;
        if (c * height[kept - 1] - b * height[kept - 2] - a * f - a * b * c <= 0) break;
        --kept;
      }
      height[kept] = f;
      place[kept] = x;
      ++kept;
    }
    if (kept == 0) {
      std::fill(out, out + n, infinite);
      return;
    }
    int64_t at = 0;
    for (int64_t i = 0; i < n; ++i) {
      const double x = static_cast<double>(i) * spacing;
      double best = height[at] + (x - place[at]) * (x - place[at]);
      while (at + 1 < kept) {
        const double next = height[at + 1] + (x - place[at + 1]) * (x - place[at + 1]);
        if (next > best) break;
        best = next;
        ++at;
      }
      out[i] = static_cast<float>(best);
    }
  }
};

// `columns` neighbouring columns of n voxels, `stride` apart along the column, in place; square roots at the end on wish.
void across(float* first, int64_t n, int64_t stride, int64_t columns, double spacing, bool root, Envelope& envelope,
            std::vector<float>& in, std::vector<float>& out) {
  stop_if_cancelled();
  for (int64_t i = 0; i < n; ++i)
    for (int64_t c = 0; c < columns; ++c) in[c * n + i] = first[i * stride + c];
  for (int64_t c = 0; c < columns; ++c) envelope.lower(in.data() + c * n, n, spacing, out.data() + c * n);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t c = 0; c < columns; ++c) first[i * stride + c] = root ? std::sqrt(out[c * n + i]) : out[c * n + i];
}

}  // namespace

void distance(const uint8_t* mask, const Index3& shape, const std::array<double, 3>& spacing, float* out, int threads) {
  for (double step : spacing)
    if (!(step > 0) || !std::isfinite(step)) throw std::invalid_argument("a spacing must be positive");
  const auto [nz, ny, nx] = shape;
  if (nz <= 0 || ny <= 0 || nx <= 0) return;
  parallel_for(nz, threads, [&, ny = ny, nx = nx](int64_t z) {
    for (int64_t y = 0; y < ny; ++y) along_row(mask + (z * ny + y) * nx, nx, spacing[2], out + (z * ny + y) * nx);
    Envelope envelope(ny);
    std::vector<float> in(static_cast<size_t>(columns_at_once * ny)), result(in.size());
    for (int64_t x = 0; x < nx; x += columns_at_once)
      across(out + z * ny * nx + x, ny, nx, std::min(columns_at_once, nx - x), spacing[1], false, envelope, in, result);
  });
  parallel_for(ny, threads, [&, nz = nz, ny = ny, nx = nx](int64_t y) {
    Envelope envelope(nz);
    std::vector<float> in(static_cast<size_t>(columns_at_once * nz)), result(in.size());
    for (int64_t x = 0; x < nx; x += columns_at_once)
      across(out + y * nx + x, nz, ny * nx, std::min(columns_at_once, nx - x), spacing[0], true, envelope, in, result);
  });
}

}  // namespace tomolapse
