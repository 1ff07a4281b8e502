#include "core/median.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "core/border.h"
#include "core/cpu.h"
#include "core/median_kernel.h"
#include "core/parallel.h"

namespace tomolapse {

#if defined(__x86_64__)
namespace avx2 {
void median_of(const MedianGroup& group);
}
#endif

namespace {

constexpr Index3 tile_extent = {16, 32, 256};
static_assert(tile_extent[1] % median_rows == 0 && tile_extent[2] % median_width == 0);
constexpr int group_voxels = median_rows * median_width;
constexpr int16_t beyond = 32767;    // stands outside a cut footprint: never below a median
constexpr int16_t ignored = -32768;  // threshold of lanes that do not matter

void median_of_best(const MedianGroup& group) {
#if defined(__x86_64__)
  if (instructions() == Instructions::avx2) return avx2::median_of(group);
#endif
  baseline::median_of(group);
}

// The footprint's offsets in a padded box, sorted by the rows of a group that they belong to.
struct Offsets {
  std::vector<int32_t> offsets;
  std::array<int32_t, 17> begin{};
  Offsets(const Footprint& footprint, const Index3& stride) {
    std::map<Index3, int> sets;
    for (const Index3& o : footprint)
      for (int row = 0; row < median_rows; ++row) sets[{o[0], o[1] + row, o[2]}] |= 1 << row;
    for (int set = 0; set < 16; ++set) {
      begin[set] = static_cast<int32_t>(offsets.size());
      for (const auto& [o, rows] : sets)
        if (rows == set) offsets.push_back(static_cast<int32_t>(o[0] * stride[0] + o[1] * stride[1] + o[2]));
    }
    begin[16] = static_cast<int32_t>(offsets.size());
  }
};

struct MedianFilter {
  const int16_t* in;
  Index3 shape;
  const Footprint& footprint;
  MedianBorder border;
  int16_t* out;
  int64_t radius;
  Index3 stride;  // of the padded box of a tile
  Offsets offsets;

  MedianFilter(const int16_t* in, const Index3& shape, const Footprint& footprint, MedianBorder border, int16_t* out)
      : in(in), shape(shape), footprint(footprint), border(border), out(out), radius(reach(footprint)),
        stride{(tile_extent[1] + 2 * radius) * (tile_extent[2] + 2 * radius), tile_extent[2] + 2 * radius, 1},
        offsets(footprint, stride) {}

  // The tile at `origin` and its surroundings; returns the lowest and highest voxel inside the volume.
  std::array<int16_t, 2> pad(const Index3& origin, const Index3& extent, int16_t* box) const {
    int16_t low = 32767, high = -32768;
    for (int64_t z = -radius; z < extent[0] + radius; ++z)
      for (int64_t y = -radius; y < extent[1] + radius; ++y) {
        int16_t* row = box + (z + radius) * stride[0] + (y + radius) * stride[1];
        const int64_t wanted_z = origin[0] + z, wanted_y = origin[1] + y, first = origin[2] - radius, count = extent[2] + 2 * radius;
        const bool cut = border == MedianBorder::fiji;
        if (cut && (wanted_z < 0 || wanted_z >= shape[0] || wanted_y < 0 || wanted_y >= shape[1])) {
          std::fill(row, row + count, beyond);
          continue;
        }
        const Border rule = border == MedianBorder::reflect ? Border::reflect : Border::nearest;
        const int16_t* from = in + (within(wanted_z, shape[0], rule) * shape[1] + within(wanted_y, shape[1], rule)) * shape[2];
        const int64_t inside = std::max<int64_t>(first, 0), end = std::min(first + count, shape[2]);
        std::memcpy(row + inside - first, from + inside, static_cast<size_t>(end - inside) * sizeof(int16_t));
        for (int64_t x = inside; x < end; ++x) {
          low = std::min(low, from[x]);
          high = std::max(high, from[x]);
        }
        for (int64_t x = first; x < inside; ++x) row[x - first] = cut ? beyond : from[within(x, shape[2], rule)];
        for (int64_t x = end; x < first + count; ++x) row[x - first] = cut ? beyond : from[within(x, shape[2], rule)];
      }
    return {low, high};
  }

  // How many voxels the footprint keeps at each x of a row when it is cut off at the border.
  void count_inside(int64_t z, int64_t y, int64_t first, int64_t count, int16_t* inside) const {
    std::vector<int> by_offset(2 * radius + 1, 0);
    for (const Index3& o : footprint)
      if (z + o[0] >= 0 && z + o[0] < shape[0] && y + o[1] >= 0 && y + o[1] < shape[1]) ++by_offset[o[2] + radius];
    int whole = 0;
    for (int n : by_offset) whole += n;
    for (int64_t i = 0; i < count; ++i) {
      if (first + i >= radius && first + i + radius < shape[2]) {
        inside[i] = static_cast<int16_t>(whole);
        continue;
      }
      int sum = 0;
      for (int64_t dx = -radius; dx <= radius; ++dx)
        if (first + i + dx >= 0 && first + i + dx < shape[2]) sum += by_offset[dx + radius];
      inside[i] = static_cast<int16_t>(sum);
    }
  }

  void tile(const Index3& origin, std::vector<int16_t>& box) const {
    Index3 extent{};
    for (int k = 0; k < 3; ++k) extent[k] = std::min(tile_extent[k], shape[k] - origin[k]);
    const size_t wanted = static_cast<size_t>((tile_extent[0] + 2 * radius) * stride[0] + 2 * median_width);
    if (box.size() < wanted) box.resize(wanted);
    const auto [low, high] = pad(origin, extent, box.data());
    const int size = static_cast<int>(footprint.size());
    const bool cut = border == MedianBorder::fiji;
    std::vector<int16_t> inside(median_rows * tile_extent[2], static_cast<int16_t>(size));
    std::vector<int16_t> guesses(median_rows * tile_extent[2], static_cast<int16_t>((low + high) / 2));
    int16_t threshold[group_voxels], upper_threshold[group_voxels], found[group_voxels], upper[group_voxels];
    int step = 64;
    for (int64_t z = 0; z < extent[0]; ++z)
      for (int64_t y = 0; y < extent[1]; y += median_rows) {
        const int64_t rows = std::min<int64_t>(median_rows, extent[1] - y);
        const int64_t wanted_z = origin[0] + z, wanted_y = origin[1] + y;
        const bool row_cut = cut && (wanted_z < radius || wanted_z + radius >= shape[0] || wanted_y < radius ||
                                     wanted_y + rows - 1 + radius >= shape[1] || origin[2] < radius ||
                                     origin[2] + extent[2] + radius > shape[2]);
        for (int64_t r = 0; r < rows; ++r) {
          int16_t* counts = inside.data() + r * tile_extent[2];
          if (row_cut) count_inside(wanted_z, wanted_y + r, origin[2], extent[2], counts);
          else std::fill(counts, counts + tile_extent[2], static_cast<int16_t>(size));
        }
        for (int64_t x = 0; x < extent[2]; x += median_width) {
          stop_if_cancelled();
          const int64_t width = std::min<int64_t>(median_width, extent[2] - x);
          bool even = false;
          for (int r = 0; r < median_rows; ++r)
            for (int i = 0; i < median_width; ++i) {
              const int at = r * median_width + i;
              if (r >= rows || i >= width) {
                threshold[at] = upper_threshold[at] = ignored;
                continue;
              }
              const int n = inside[r * tile_extent[2] + x + i];
              threshold[at] = static_cast<int16_t>((cut ? (n + 1) / 2 : n / 2 + 1) - size);
              upper_threshold[at] = static_cast<int16_t>(n / 2 + 1 - size);
              even |= cut && n % 2 == 0;
            }
          int16_t guess[group_voxels];
          for (int r = 0; r < median_rows; ++r)
            std::memcpy(guess + r * median_width, guesses.data() + (median_rows - 1) * tile_extent[2] + x, sizeof(int16_t) * median_width);
          MedianGroup group{offsets.offsets.data(), offsets.begin.data(),
                            box.data() + (z + radius) * stride[0] + (y + radius) * stride[1] + x + radius,
                            threshold, guess, low, high, static_cast<int16_t>(step), found};
          median_of_best(group);
          // The next group's medians likely lie as far from their guess as these, which tells the first step.
          int farthest = 4;
          for (int at = 0; at < group_voxels; ++at)
            if (threshold[at] != ignored) farthest = std::max(farthest, std::abs(found[at] - guess[at]));
          step = std::min((step + farthest + 1) / 2, 8192);
          if (even) {
            group.guess = found;
            group.threshold = upper_threshold;
            group.median = upper;
            median_of_best(group);
          }
          for (int64_t r = 0; r < rows; ++r) {
            int16_t* to = out + ((wanted_z * shape[1]) + wanted_y + r) * shape[2] + origin[2] + x;
            for (int64_t i = 0; i < width; ++i) {
              const int a = found[r * median_width + i], b = even ? upper[r * median_width + i] : a;
              to[i] = static_cast<int16_t>((a + b + 1) >> 1);
            }
          }
          for (int64_t r = 0; r < median_rows; ++r)
            std::memcpy(guesses.data() + r * tile_extent[2] + x, found + std::min<int64_t>(r, rows - 1) * median_width,
                        sizeof(int16_t) * median_width);
        }
      }
  }
};

}  // namespace

Footprint ball(double radius) {
  Footprint footprint;
  const auto r = static_cast<int64_t>(std::floor(radius));
  for (int64_t z = -r; z <= r; ++z)
    for (int64_t y = -r; y <= r; ++y)
      for (int64_t x = -r; x <= r; ++x)
        if (static_cast<double>(z * z + y * y + x * x) <= radius * radius) footprint.push_back({z, y, x});
  return footprint;
}

Footprint cube(int radius) {
  Footprint footprint;
  for (int64_t z = -radius; z <= radius; ++z)
    for (int64_t y = -radius; y <= radius; ++y)
      for (int64_t x = -radius; x <= radius; ++x) footprint.push_back({z, y, x});
  return footprint;
}

int64_t reach(const Footprint& footprint) {
  int64_t most = 0;
  for (const Index3& o : footprint)
    for (int64_t k : o) most = std::max(most, std::abs(k));
  return most;
}

void median(const int16_t* in, const Index3& shape, const Footprint& footprint, MedianBorder border, int16_t* out, int threads) {
  if (footprint.empty() || footprint.size() > 32767) throw std::invalid_argument("a footprint has 1 to 32 767 voxels");
  if (shape[0] <= 0 || shape[1] <= 0 || shape[2] <= 0) return;
  const MedianFilter filter(in, shape, footprint, border, out);
  Index3 tiles{};
  for (int k = 0; k < 3; ++k) tiles[k] = (shape[k] + tile_extent[k] - 1) / tile_extent[k];
  parallel_for(tiles[0] * tiles[1] * tiles[2], threads, [&](int64_t index) {
    thread_local std::vector<int16_t> box;
    filter.tile({index / (tiles[1] * tiles[2]) * tile_extent[0], index / tiles[2] % tiles[1] * tile_extent[1],
                 index % tiles[2] * tile_extent[2]}, box);
  });
}

}  // namespace tomolapse
