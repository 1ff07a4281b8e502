#include "core/survey.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/parallel.h"

namespace tomolapse {
namespace {

// Voxels that a survey looks at, about.
constexpr int64_t most_voxels = int64_t{1} << 28;

constexpr float infinity = std::numeric_limits<float>::infinity();

struct Range {
  float least = infinity, greatest = -infinity;
  void take(float low, float high) {
    least = std::min(least, low);
    greatest = std::max(greatest, high);
  }
};

// Limits of an integer type; for floats none.
Range limits_of(VoxelType type) {
  switch (type) {
    case VoxelType::u8: return {0, 255};
    case VoxelType::i8: return {-128, 127};
    case VoxelType::u16: return {0, 65535};
    case VoxelType::i16: return {-32768, 32767};
    case VoxelType::u32: return {0, static_cast<float>(std::numeric_limits<uint32_t>::max())};
    case VoxelType::i32:
      return {static_cast<float>(std::numeric_limits<int32_t>::min()), static_cast<float>(std::numeric_limits<int32_t>::max())};
    default: return {};
  }
}

// What one plane of z holds, and its part of each plane of x.
struct PlaneReading {
  Range own;
  std::vector<Range> rows;
  std::vector<float> column_least, column_greatest, sample;
  int64_t low = 0, high = 0, not_numbers = 0;
};

// Columns that hold nothing, where they are those outside a round field of view: all corners are, the middle is not.
int64_t round_mask(const std::vector<uint8_t>& empty, int64_t height, int64_t width) {
  const auto at = [&](int64_t v, int64_t u) { return empty[v * width + u] != 0; };
  if (!at(0, 0) || !at(0, width - 1) || !at(height - 1, 0) || !at(height - 1, width - 1) || at(height / 2, width / 2)) return 0;
  return std::count(empty.begin(), empty.end(), uint8_t{1});
}

// A whole row; infinities are not numbers either.
void read_numbers(const Volume& volume, int64_t z, int64_t y, std::vector<float>& row) {
  volume.read_row(z, y, 0, static_cast<int64_t>(row.size()), row.data());
  for (float& value : row)
    if (std::isinf(value)) value = std::numeric_limits<float>::quiet_NaN();
}

Range range_of(const std::vector<float>& row) {
  Range range;
  for (float value : row) {
    range.least = value < range.least ? value : range.least;
    range.greatest = value > range.greatest ? value : range.greatest;
  }
  return range;
}

}  // namespace

Survey survey(const Volume& volume, int64_t sample_size, int threads) {
  const Index3 shape = volume.shape();
  const int64_t nz = shape[0], nx = shape[2];
  // Rows of each plane that are looked at: in scans of gigabytes they stand for those between them.
  const int64_t row_step = std::max<int64_t>(1, (nz * shape[1] * nx + most_voxels - 1) / most_voxels);
  const int64_t ny = (shape[1] + row_step - 1) / row_step;
  const int64_t every = std::max<int64_t>(1, nz * ny * nx / std::max<int64_t>(1, sample_size));
  const Range limits = limits_of(volume.type());
  const bool is_float = limits.least == infinity;
  std::vector<PlaneReading> readings(static_cast<size_t>(nz));
  parallel_for(nz, threads, [&](int64_t z) {
    PlaneReading& reading = readings[z];
    reading.column_least.assign(static_cast<size_t>(nx), infinity);
    reading.column_greatest.assign(static_cast<size_t>(nx), -infinity);
    std::vector<float> row(static_cast<size_t>(nx));
    for (int64_t y = 0; y < ny; ++y) {
      read_numbers(volume, z, y * row_step, row);
      for (int64_t x = (every - ((z * ny + y) * nx) % every) % every; x < nx; x += every)
        if (!std::isnan(row[x])) reading.sample.push_back(row[x]);
      int64_t low = 0, high = 0, not_numbers = 0;
      for (int64_t x = 0; x < nx; ++x) {
        low += row[x] <= limits.least;
        high += row[x] >= limits.greatest;
        not_numbers += row[x] != row[x];
        reading.column_least[x] = row[x] < reading.column_least[x] ? row[x] : reading.column_least[x];
        reading.column_greatest[x] = row[x] > reading.column_greatest[x] ? row[x] : reading.column_greatest[x];
      }
      const Range range = range_of(row);
      reading.rows.push_back(range);
      reading.own.take(range.least, range.greatest);
      if (!is_float) {
        reading.low += low;
        reading.high += high;
      }
      reading.not_numbers += not_numbers;
    }
  });

  Survey result;
  Range all;
  for (const PlaneReading& reading : readings) {
    all.take(reading.own.least, reading.own.greatest);
    result.not_numbers += reading.not_numbers;
    result.sample.insert(result.sample.end(), reading.sample.begin(), reading.sample.end());
  }
  result.minimum = all.least;
  result.maximum = all.greatest;
  std::sort(result.sample.begin(), result.sample.end());
  // A plane of nothing but NaN never raises its maximum.
  std::vector<int64_t> used;
  for (int64_t z = 0; z < nz; ++z) {
    const PlaneReading& reading = readings[z];
    if (reading.own.least >= reading.own.greatest) {
      result.constant[0].push_back(z);
    } else {
      used.push_back(z);
      result.low += reading.low;
      result.high += reading.high;
    }
  }
  for (int64_t y = 0; y < ny; ++y) {
    Range range;
    for (const PlaneReading& reading : readings) range.take(reading.rows[y].least, reading.rows[y].greatest);
    if (row_step == 1 && range.least >= range.greatest) result.constant[1].push_back(y);
  }
  for (int64_t x = 0; x < nx; ++x) {
    Range range;
    for (const PlaneReading& reading : readings) range.take(reading.column_least[x], reading.column_greatest[x]);
    if (range.least >= range.greatest) result.constant[2].push_back(x);
  }
  if (is_float && all.least < all.greatest) {
    std::vector<std::array<int64_t, 2>> counts(used.size());
    parallel_for(static_cast<int64_t>(used.size()), threads, [&](int64_t i) {
      std::vector<float> row(static_cast<size_t>(nx));
      for (int64_t y = 0; y < ny; ++y) {
        read_numbers(volume, used[i], y * row_step, row);
        for (float value : row) {
          counts[i][0] += value <= all.least;
          counts[i][1] += value >= all.greatest;
        }
      }
    });
    for (const auto& [low, high] : counts) {
      result.low += low;
      result.high += high;
    }
  }

  if (result.low > 0 && !used.empty()) {
    const float limit = is_float ? all.least : limits.least;
    const int64_t depth = static_cast<int64_t>(used.size());
    std::vector<uint8_t> along_z(static_cast<size_t>(ny * nx), 1), along_y(static_cast<size_t>(depth * nx)), along_x(static_cast<size_t>(depth * ny));
    parallel_for(ny, threads, [&](int64_t y) {
      std::vector<float> row(static_cast<size_t>(nx));
      for (int64_t z : used) {
        read_numbers(volume, z, y * row_step, row);
        for (int64_t x = 0; x < nx; ++x) along_z[y * nx + x] &= row[x] <= limit;
      }
    });
    for (int64_t i = 0; i < depth; ++i) {
      const PlaneReading& reading = readings[used[i]];
      for (int64_t x = 0; x < nx; ++x) along_y[i * nx + x] = reading.column_greatest[x] <= limit;
      for (int64_t y = 0; y < ny; ++y) along_x[i * ny + y] = reading.rows[y].greatest <= limit;
    }
    result.masked = std::max({round_mask(along_z, ny, nx) * depth, round_mask(along_y, depth, nx) * ny, round_mask(along_x, depth, ny) * nx});
  }
  const double each = static_cast<double>(shape[1]) / static_cast<double>(ny);
  for (int64_t* count : {&result.not_numbers, &result.low, &result.high, &result.masked})
    *count = std::llround(static_cast<double>(*count) * each);
  return result;
}

AtLimits at_limits(const View& view, const Index3& origin, const Index3& extent, int threads) {
  const Range limits = limits_of(view.volume->type());
  if (limits.least == infinity) return {};
  std::vector<std::array<int64_t, 2>> counts(static_cast<size_t>(extent[0]));
  parallel_for(extent[0], threads, [&](int64_t s) {
    std::vector<float> plane(static_cast<size_t>(extent[1] * extent[2]));
    read_block(view, {origin[0] + s, origin[1], origin[2]}, {1, extent[1], extent[2]}, plane.data(), 1);
    for (float value : plane) {
      counts[s][0] += value <= limits.least;
      counts[s][1] += value >= limits.greatest;
    }
  });
  AtLimits result;
  for (const auto& [low, high] : counts) {
    result.low += static_cast<double>(low);
    result.high += static_cast<double>(high);
  }
  const double voxels = static_cast<double>(extent[0] * extent[1] * extent[2]);
  return {result.low / voxels, result.high / voxels};
}

}  // namespace tomolapse
