#include "core/label.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/parallel.h"

namespace tomolapse {
namespace {

constexpr int64_t slab_slices = 8;

// Voxels [begin, end) of a row, all inside.
struct Run {
  int32_t begin, end;
};

// The runs of some slices, and a forest over them in which a run's parent never comes after it.
struct Slab {
  std::vector<Run> runs;
  std::vector<uint32_t> first;   // by row of the slab, the first of its runs; one more closes the last row
  std::vector<uint32_t> parent;
};

// Bit i is set where byte i is not 0; fewer than 8 bytes are filled up with 0.
uint64_t bits_of_8(const uint8_t* bytes, int64_t count) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, static_cast<size_t>(std::min<int64_t>(count, 8)));
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  if (word == 0) return 0;
  constexpr uint64_t low = 0x7f7f7f7f7f7f7f7f;
  const uint64_t inside = (((word & low) + low) | word) & ~low;
  return ((inside >> 7) * 0x0102040810204080) >> 56;
}

void find_runs(const uint8_t* row, int64_t count, std::vector<Run>& runs) {
  uint64_t before = 0;  // whether the voxel before this word is inside
  int32_t begin = 0;
  for (int64_t x = 0; x < count; x += 64) {
    uint64_t bits = 0;
    for (int64_t byte = 0; byte < 64 && x + byte < count; byte += 8) bits |= bits_of_8(row + x + byte, count - x - byte) << byte;
    uint64_t changes = bits ^ (bits << 1 | before);
    for (; changes != 0; changes &= changes - 1) {
      const auto at = static_cast<int32_t>(x + std::countr_zero(changes));
      if (before == 0) begin = at;
      else runs.push_back({begin, at});
      before ^= 1;
    }
  }
  if (before) runs.push_back({begin, static_cast<int32_t>(count)});
}

uint32_t root_of(std::vector<uint32_t>& parent, uint32_t run) {
  while (parent[run] != run) run = parent[run] = parent[parent[run]];
  return run;
}

void join(std::vector<uint32_t>& parent, uint32_t a, uint32_t b) {
  a = root_of(parent, a);
  b = root_of(parent, b);
  if (a < b) parent[b] = a;
  else parent[a] = b;
}

// Joins the runs of two neighbouring rows that touch; `slack` 1 counts corners. Run i of a row is parent[offset + i].
void join_rows(const Run* a, uint32_t a_count, uint32_t a_offset, const Run* b, uint32_t b_count, uint32_t b_offset, int slack,
               std::vector<uint32_t>& parent) {
  for (uint32_t i = 0, j = 0; i < a_count && j < b_count;) {
    if (a[i].begin < b[j].end + slack && b[j].begin < a[i].end + slack) join(parent, a_offset + i, b_offset + j);
    if (a[i].end < b[j].end) ++i;
    else ++j;
  }
}

// Neighbouring rows that come before a row in raster order.
struct Before {
  int64_t z, y;
};
std::vector<Before> rows_before(Connectivity connectivity) {
  if (connectivity == Connectivity::faces) return {{0, -1}, {-1, 0}};
  return {{0, -1}, {-1, -1}, {-1, 0}, {-1, 1}};
}

}  // namespace

std::vector<Component> label(const uint8_t* mask, const Index3& shape, Connectivity connectivity, int64_t min_voxels,
                             int32_t* labels, int threads) {
  const auto [nz, ny, nx] = shape;
  if (nz <= 0 || ny <= 0 || nx <= 0) return {};
  const std::vector<Before> before = rows_before(connectivity);
  const int slack = connectivity == Connectivity::corners ? 1 : 0;
  const int64_t slab_count = (nz + slab_slices - 1) / slab_slices;
  std::vector<Slab> slabs(slab_count);
  parallel_for(slab_count, threads, [&, nz = nz, ny = ny, nx = nx](int64_t index) {
    Slab& slab = slabs[index];
    const int64_t low = index * slab_slices, high = std::min(nz, low + slab_slices);
    for (int64_t row = low * ny; row < high * ny; ++row) {
      slab.first.push_back(static_cast<uint32_t>(slab.runs.size()));
      find_runs(mask + row * nx, nx, slab.runs);
    }
    slab.first.push_back(static_cast<uint32_t>(slab.runs.size()));
    slab.parent.resize(slab.runs.size());
    for (uint32_t i = 0; i < slab.parent.size(); ++i) slab.parent[i] = i;
    for (int64_t z = 0; z < high - low; ++z)
      for (int64_t y = 0; y < ny; ++y) {
        if (y == 0) stop_if_cancelled();
        const int64_t row = z * ny + y;
        for (const Before& there : before) {
          if (z + there.z < 0 || y + there.y < 0 || y + there.y >= ny) continue;
          const int64_t other = row + there.z * ny + there.y;
          const uint32_t a = slab.first[other], b = slab.first[row];
          join_rows(slab.runs.data() + a, slab.first[other + 1] - a, a, slab.runs.data() + b, slab.first[row + 1] - b, b, slack,
                    slab.parent);
        }
      }
  });

  // One forest over all runs, in raster order; then the seams.
  std::vector<uint32_t> offset(slab_count + 1, 0);
  for (int64_t i = 0; i < slab_count; ++i) {
    if (offset[i] + static_cast<uint64_t>(slabs[i].runs.size()) > UINT32_MAX) throw std::length_error("the mask has too many runs to label");
    offset[i + 1] = offset[i] + static_cast<uint32_t>(slabs[i].runs.size());
  }
  std::vector<uint32_t> parent(offset[slab_count]);
  parallel_for(slab_count, threads, [&](int64_t i) {
    for (size_t run = 0; run < slabs[i].parent.size(); ++run) parent[offset[i] + run] = offset[i] + slabs[i].parent[run];
    slabs[i].parent = {};
  });
  for (int64_t i = 1; i < slab_count; ++i) {
    stop_if_cancelled();
    const Slab &above = slabs[i - 1], &below = slabs[i];
    for (int64_t y = 0; y < ny; ++y)
      for (const Before& there : before) {
        if (there.z == 0 || y + there.y < 0 || y + there.y >= ny) continue;
        const int64_t other = (slab_slices - 1) * ny + y + there.y;
        const uint32_t a = above.first[other], b = below.first[y];
        join_rows(above.runs.data() + a, above.first[other + 1] - a, offset[i - 1] + a, below.runs.data() + b,
                  below.first[y + 1] - b, offset[i] + b, slack, parent);
      }
  }

  // A parent comes before its children, so one pass finds every run's part, its size and its box.
  std::vector<Component> parts;
  std::vector<uint32_t>& part = parent;  // each run's parent is replaced by its part
  for (int64_t i = 0; i < slab_count; ++i)
    for (int64_t row = 0; row + 1 < static_cast<int64_t>(slabs[i].first.size()); ++row) {
      const int64_t z = i * slab_slices + row / ny, y = row % ny;
      if (y == 0) stop_if_cancelled();
      for (uint32_t r = slabs[i].first[row]; r < slabs[i].first[row + 1]; ++r) {
        const uint32_t run = offset[i] + r;
        const Run& span = slabs[i].runs[r];
        if (parent[run] == run) {
          part[run] = static_cast<uint32_t>(parts.size());
          parts.push_back({0, {z, y, span.begin}, {z + 1, y + 1, span.end}});
        } else {
          part[run] = part[parent[run]];
        }
        Component& found = parts[part[run]];
        found.voxels += span.end - span.begin;
        found.min[1] = std::min(found.min[1], y);
        found.max[1] = std::max(found.max[1], y + 1);
        found.min[2] = std::min<int64_t>(found.min[2], span.begin);
        found.max[2] = std::max<int64_t>(found.max[2], span.end);
        found.max[0] = z + 1;
      }
    }
  std::vector<int32_t> number(parts.size(), 0);
  std::vector<Component> kept;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].voxels < min_voxels) continue;
    if (kept.size() >= INT32_MAX) throw std::length_error("the mask has too many parts to label");
    kept.push_back(parts[i]);
    number[i] = static_cast<int32_t>(kept.size());
  }
  if (!labels) return kept;
  parallel_for(slab_count, threads, [&, ny = ny, nx = nx](int64_t i) {
    const Slab& slab = slabs[i];
    for (int64_t row = 0; row + 1 < static_cast<int64_t>(slab.first.size()); ++row) {
      int32_t* to = labels + (i * slab_slices * ny + row) * nx;
      std::memset(to, 0, static_cast<size_t>(nx) * sizeof(int32_t));
      for (uint32_t r = slab.first[row]; r < slab.first[row + 1]; ++r)
        std::fill(to + slab.runs[r].begin, to + slab.runs[r].end, number[part[offset[i] + r]]);
    }
  });
  return kept;
}

namespace {

// Apart from the loops around them: here the compiler sees that rows do not overlap and how long they are.
void join_row(uint8_t* __restrict to, const uint8_t* __restrict from, int64_t count) {
  for (int64_t x = 0; x < count; ++x) to[x] |= from[x];
}
void turn_row(uint8_t* row, int64_t count) {
  for (int64_t x = 0; x < count; ++x) row[x] ^= 1;
}
void mark_row(uint8_t* __restrict to, const uint8_t* __restrict from, int64_t count, bool inside) {
  for (int64_t x = 0; x < count; ++x) to[x] = static_cast<uint8_t>((from[x] != 0) == inside);
}

// Grows the inside of a mask, or its outside (`inside` false), by a ball; writes 1 inside, 0 outside.
void grow(const uint8_t* mask, const Index3& shape, double radius, bool inside, uint8_t* out, int threads) {
  const auto [nz, ny, nx] = shape;
  if (nz <= 0 || ny <= 0 || nx <= 0) return;
  if (!(radius >= 0 && radius <= 64)) throw std::invalid_argument("the radius of a ball is 0 to 64 voxels");
  const auto r = static_cast<int64_t>(std::floor(radius));
  // The ball as rows: half width by (dz, dy), −1 where there is none.
  std::vector<int64_t> width((2 * r + 1) * (2 * r + 1), -1);
  for (int64_t z = -r; z <= r; ++z)
    for (int64_t y = -r; y <= r; ++y) {
      const double rest = radius * radius - static_cast<double>(z * z + y * y);
      if (rest >= 0) width[(z + r) * (2 * r + 1) + y + r] = static_cast<int64_t>(std::floor(std::sqrt(rest)));
    }
  constexpr int64_t band_z = 8, band_y = 32;
  const int64_t bands_y = (ny + band_y - 1) / band_y;
  parallel_for((nz + band_z - 1) / band_z * bands_y, threads, [&, nz = nz, ny = ny, nx = nx](int64_t index) {
    const int64_t z0 = index / bands_y * band_z, y0 = index % bands_y * band_y;
    const int64_t z1 = std::min(nz, z0 + band_z), y1 = std::min(ny, y0 + band_y);
    const int64_t low_z = std::max<int64_t>(0, z0 - r), high_z = std::min(nz, z1 + r);
    const int64_t low_y = std::max<int64_t>(0, y0 - r), high_y = std::min(ny, y1 + r);
    // grown[w]: the rows around the band, widened by w along x.
    const int64_t rows = (high_z - low_z) * (high_y - low_y);
    std::vector<std::vector<uint8_t>> grown(r + 1, std::vector<uint8_t>(static_cast<size_t>(rows * nx)));
    for (int64_t z = low_z; z < high_z; ++z)
      for (int64_t y = low_y; y < high_y; ++y) {
        stop_if_cancelled();
        const int64_t at = ((z - low_z) * (high_y - low_y) + y - low_y) * nx;
        const uint8_t* from = mask + (z * ny + y) * nx;
        uint8_t* plain = grown[0].data() + at;
        mark_row(plain, from, nx, inside);
        for (int64_t w = 1; w <= r; ++w) {
          const uint8_t* narrow = grown[w - 1].data() + at;
          uint8_t* wide = grown[w].data() + at;
          std::memcpy(wide, narrow, static_cast<size_t>(nx));
          join_row(wide + 1, narrow, nx - 1);
          join_row(wide, narrow + 1, nx - 1);
        }
      }
    for (int64_t z = z0; z < z1; ++z)
      for (int64_t y = y0; y < y1; ++y) {
        stop_if_cancelled();
        uint8_t* to = out + (z * ny + y) * nx;
        std::memset(to, 0, static_cast<size_t>(nx));
        for (int64_t dz = std::max(-r, -z); dz <= std::min(r, nz - 1 - z); ++dz)
          for (int64_t dy = std::max(-r, -y); dy <= std::min(r, ny - 1 - y); ++dy) {
            const int64_t w = width[(dz + r) * (2 * r + 1) + dy + r];
            if (w < 0) continue;
            const uint8_t* from = grown[w].data() + ((z + dz - low_z) * (high_y - low_y) + y + dy - low_y) * nx;
            join_row(to, from, nx);
          }
        if (!inside) turn_row(to, nx);
      }
  });
}

}  // namespace

void dilate(const uint8_t* mask, const Index3& shape, double radius, uint8_t* out, int threads) {
  grow(mask, shape, radius, true, out, threads);
}

void erode(const uint8_t* mask, const Index3& shape, double radius, uint8_t* out, int threads) {
  grow(mask, shape, radius, false, out, threads);
}

}  // namespace tomolapse
