#include "core/runs.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>

#include "core/parallel.h"

namespace tomolapse {

RunsBeyond runs_beyond(const float* field, const Index3& origin, const Index3& extent, const LayerColumns& layer, double threshold, int threads) {
  std::vector<RunsBeyond> slices(static_cast<size_t>(std::max<int64_t>(0, extent[0])));
  parallel_for(extent[0], threads, [&](int64_t z) {
    RunsBeyond& found = slices[z];
    const int64_t s = origin[0] + z;
    for (int64_t v = 0; v < extent[1]; ++v) {
      const float* row = field + (z * extent[1] + v) * extent[2];
      const int64_t column = (origin[1] + v) * layer.width + origin[2];
      bool before = false;
      for (int64_t u = 0; u < extent[2]; ++u) {
        const bool inside = row[u] > threshold && s >= layer.from[column + u] && s < layer.to[column + u];
        if (inside && !before) {
          const auto begin = static_cast<int32_t>(origin[2] + u);
          found.runs.push_back({static_cast<int32_t>(s), static_cast<int32_t>(origin[1] + v), begin, begin});
          found.peaks.push_back(row[u]);
        }
        if (inside) {
          ++found.runs.back().end;
          found.peaks.back() = std::max(found.peaks.back(), row[u]);
        }
        before = inside;
      }
    }
  });
  RunsBeyond all;
  for (RunsBeyond& slice : slices) {
    all.runs.insert(all.runs.end(), slice.runs.begin(), slice.runs.end());
    all.peaks.insert(all.peaks.end(), slice.peaks.begin(), slice.peaks.end());
    slice = {};
  }
  return all;
}

namespace {

// A run's parent never comes after it in raster order.
struct Forest {
  std::vector<uint32_t> parent;

  uint32_t root(uint32_t run) {
    while (parent[run] != run) run = parent[run] = parent[parent[run]];
    return run;
  }
  void join(uint32_t a, uint32_t b) {
    a = root(a);
    b = root(b);
    parent[std::max(a, b)] = std::min(a, b);
  }
};

}  // namespace

int64_t label_runs(const VoxelRun* runs, int64_t count, int64_t min_voxels, int32_t* labels) {
  if (count > std::numeric_limits<int32_t>::max()) throw std::length_error("there are too many runs to label");
  std::vector<uint32_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0u);
  const auto place = [&](uint32_t i) { return std::tie(runs[i].s, runs[i].v, runs[i].begin); };
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return place(a) < place(b); });

  struct Row {
    int32_t s, v;
    uint32_t first;
  };
  std::vector<Row> rows;
  for (uint32_t i = 0; i < order.size(); ++i) {
    const VoxelRun& run = runs[order[i]];
    if (rows.empty() || rows.back().s != run.s || rows.back().v != run.v) rows.push_back({run.s, run.v, i});
  }
  const size_t row_count = rows.size();
  rows.push_back({0, 0, static_cast<uint32_t>(order.size())});

  Forest forest{std::vector<uint32_t>(order.size())};
  std::iota(forest.parent.begin(), forest.parent.end(), 0u);
  constexpr int32_t before[][2] = {{-1, -1}, {-1, 0}, {-1, 1}, {0, -1}};
  size_t above[] = {0, 0, 0, 0};  // the row there, or the first one behind it
  for (size_t r = 0; r < row_count; ++r) {
    const auto [s, v, first] = rows[r];
    const uint32_t end = rows[r + 1].first;
    // A run that was cut where two boxes meet.
    for (uint32_t i = first + 1; i < end; ++i)
      if (runs[order[i - 1]].end == runs[order[i]].begin) forest.join(i - 1, i);
    for (int k = 0; k < 4; ++k) {
      const int64_t s_there = int64_t{s} + before[k][0], v_there = int64_t{v} + before[k][1];
      size_t& there = above[k];
      while (there < r && (rows[there].s < s_there || (rows[there].s == s_there && rows[there].v < v_there))) ++there;
      if (there == r || rows[there].s != s_there || rows[there].v != v_there) continue;
      for (uint32_t i = rows[there].first, j = first; i < rows[there + 1].first && j < end;) {
        const VoxelRun &a = runs[order[i]], &b = runs[order[j]];
        if (a.begin <= b.end && b.begin <= a.end) forest.join(i, j);
        if (a.end < b.end) ++i;
        else ++j;
      }
    }
  }

  std::vector<int64_t> voxels(order.size(), 0);
  for (uint32_t i = 0; i < order.size(); ++i) voxels[forest.root(i)] += int64_t{runs[order[i]].end} - runs[order[i]].begin;
  int32_t parts = 0;
  for (uint32_t i = 0; i < order.size(); ++i) {
    const uint32_t root = forest.root(i);
    labels[order[i]] = root < i ? labels[order[root]] : voxels[i] >= min_voxels ? ++parts : 0;
  }
  return parts;
}

}  // namespace tomolapse
