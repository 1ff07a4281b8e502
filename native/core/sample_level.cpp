#include "core/sample_level.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/parallel.h"

namespace tomolapse {
namespace {

// Sums along one row of the level: a source row is read as one piece for as long as it stays the same.
struct Row {
  std::vector<double> sums;
  std::vector<int64_t> counts;
  std::vector<float> voxels;
};

struct Centre {
  double z, y, x;
};

void add_rows(const Volume& volume, const std::vector<Centre>& centres, double dz, double dy, int64_t step, Row& row) {
  const Index3& shape = volume.shape();
  const auto n = static_cast<int64_t>(centres.size());
  auto source = [&](int64_t i) {
    return std::pair<int64_t, int64_t>{std::llround(centres[i].z + dz), std::llround(centres[i].y + dy)};
  };
  auto first_of = [&](int64_t i) -> int64_t { return std::llround(centres[i].x - 0.5 * static_cast<double>(step - 1)); };
  for (int64_t i = 0; i < n;) {
    const std::pair<int64_t, int64_t> at = source(i);
    const auto [z, y] = at;
    int64_t end = i + 1;
    while (end < n && source(end) == at) ++end;
    if (z >= 0 && z < shape[0] && y >= 0 && y < shape[1]) {
      const int64_t a = first_of(i), b = first_of(end - 1);
      const int64_t low = std::clamp<int64_t>(std::min(a, b), 0, shape[2]);
      const int64_t high = std::clamp<int64_t>(std::max(a, b) + step, 0, shape[2]);
      if (high > low) {
        row.voxels.resize(static_cast<size_t>(high - low));
        volume.read_row(z, y, low, high, row.voxels.data());
        for (int64_t k = i; k < end; ++k) {
          const int64_t from = std::max(first_of(k), low), to = std::min(first_of(k) + step, high);
          for (int64_t x = from; x < to; ++x) {
            const float value = row.voxels[static_cast<size_t>(x - low)];
            row.sums[k] += std::isfinite(value) ? value : 0;
          }
          row.counts[k] += std::max<int64_t>(0, to - from);
        }
      }
    }
    i = end;
  }
}

// Where a level's voxels lie whole in the file: only moved by whole voxels, if at all.
bool lies_straight(const Affine& m, Index3& shift) {
  for (int k = 0; k < 3; ++k) {
    for (int j = 0; j < 3; ++j)
      if (m[4 * k + j] != (j == k ? 1.0 : 0.0)) return false;
    shift[k] = std::llround(m[4 * k + 3]);
    if (m[4 * k + 3] != static_cast<double>(shift[k])) return false;
  }
  return true;
}

// The mean of some rows of a box of voxels: rows are added up before anything is added along them.
struct Columns {
  std::vector<double> sums;
  std::vector<float> voxels;

  void add(const Volume& volume, int64_t z, int64_t y, int64_t low, int64_t high) {
    voxels.resize(static_cast<size_t>(high - low));
    volume.read_row(z, y, low, high, voxels.data());
    const size_t n = voxels.size();
    // The difference of what is no finite number with itself is none either.
    for (size_t x = 0; x < n; ++x) sums[x] += voxels[x] - voxels[x] == 0 ? voxels[x] : 0;
  }
};

void sample_straight(const Volume& volume, const Index3& shift, int64_t step, const std::vector<double>& offsets,
                     const Index3& origin, const Index3& extent, float* out, int threads) {
  const Index3& shape = volume.shape();
  const double half = 0.5 * static_cast<double>(step - 1);
  const int64_t first = step * origin[2] + shift[2];
  const int64_t low = std::clamp<int64_t>(first, 0, shape[2]);
  const int64_t high = std::clamp<int64_t>(first + step * extent[2], 0, shape[2]);
  parallel_for(extent[0] * extent[1], threads, [&](int64_t line) {
    const double z = static_cast<double>(step * (origin[0] + line / extent[1]) + shift[0]) + half;
    const double y = static_cast<double>(step * (origin[1] + line % extent[1]) + shift[1]) + half;
    Columns columns{std::vector<double>(static_cast<size_t>(std::max<int64_t>(0, high - low)), 0.0), {}};
    int64_t rows = 0;
    for (const double dz : offsets)
      for (const double dy : offsets) {
        const int64_t at = std::llround(z + dz), row = std::llround(y + dy);
        if (at < 0 || at >= shape[0] || row < 0 || row >= shape[1] || high <= low) continue;
        columns.add(volume, at, row, low, high);
        ++rows;
      }
    float* to = out + line * extent[2];
    for (int64_t i = 0; i < extent[2]; ++i) {
      const int64_t from = std::max(first + i * step, low), end = std::min(first + (i + 1) * step, high);
      double sum = 0;
      for (int64_t x = from; x < end; ++x) sum += columns.sums[static_cast<size_t>(x - low)];
      const int64_t count = rows * std::max<int64_t>(0, end - from);
      to[i] = count > 0 ? static_cast<float>(sum / static_cast<double>(count)) : std::numeric_limits<float>::quiet_NaN();
    }
  });
}

}  // namespace

void sample_level(const Volume& volume, const Affine& m, int64_t step, int64_t taps, const Index3& origin,
                  const Index3& extent, float* out, int threads) {
  const double half = 0.5 * static_cast<double>(step - 1);
  auto position = [&](int64_t p) { return static_cast<double>(step * p) + half; };
  // Rows that lie evenly about the middle, and on whole voxels where nothing is moved.
  int64_t spacing = step / taps;
  if (spacing > 1 && ((taps - 1) * spacing - (step - 1)) % 2 != 0) --spacing;
  std::vector<double> offsets;
  for (int64_t tap = 0; tap < taps; ++tap)
    offsets.push_back(static_cast<double>(spacing) * (static_cast<double>(tap) - 0.5 * static_cast<double>(taps - 1)));
  Index3 shift{};
  if (lies_straight(m, shift)) return sample_straight(volume, shift, step, offsets, origin, extent, out, threads);
  parallel_for(extent[0] * extent[1], threads, [&](int64_t line) {
    const double z = position(origin[0] + line / extent[1]), y = position(origin[1] + line % extent[1]);
    float* to = out + line * extent[2];
    std::vector<Centre> centres(static_cast<size_t>(extent[2]));
    for (int64_t i = 0; i < extent[2]; ++i) {
      const double x = position(origin[2] + i);
      centres[i] = {m[0] * z + m[1] * y + m[2] * x + m[3], m[4] * z + m[5] * y + m[6] * x + m[7],
                    m[8] * z + m[9] * y + m[10] * x + m[11]};
    }
    Row row{std::vector<double>(centres.size()), std::vector<int64_t>(centres.size()), {}};
    for (const double dz : offsets)
      for (const double dy : offsets) add_rows(volume, centres, dz, dy, step, row);
    for (int64_t i = 0; i < extent[2]; ++i)
      to[i] = row.counts[i] > 0 ? static_cast<float>(row.sums[i] / static_cast<double>(row.counts[i]))
                                : std::numeric_limits<float>::quiet_NaN();
  });
}

}  // namespace tomolapse
