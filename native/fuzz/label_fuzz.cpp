// Any mask: the parts are those of a flood from voxel to voxel, whatever the threads, and runs have as many.
#include "core/label.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "core/runs.h"

using namespace tomolapse;

namespace {

int64_t parts_by_flood(std::vector<uint8_t> mask, const Index3& n, bool corners, int64_t least) {
  int64_t parts = 0;
  std::vector<Index3> front;
  for (int64_t start = 0; start < n[0] * n[1] * n[2]; ++start) {
    if (!mask[start]) continue;
    int64_t voxels = 0;
    mask[start] = 0;
    front.push_back({start / (n[1] * n[2]), start / n[2] % n[1], start % n[2]});
    while (!front.empty()) {
      const Index3 at = front.back();
      front.pop_back();
      ++voxels;
      for (int64_t dz = -1; dz <= 1; ++dz)
        for (int64_t dy = -1; dy <= 1; ++dy)
          for (int64_t dx = -1; dx <= 1; ++dx) {
            if (!corners && std::abs(dz) + std::abs(dy) + std::abs(dx) != 1) continue;
            const Index3 to = {at[0] + dz, at[1] + dy, at[2] + dx};
            if (to[0] < 0 || to[0] >= n[0] || to[1] < 0 || to[1] >= n[1] || to[2] < 0 || to[2] >= n[2]) continue;
            uint8_t& there = mask[(to[0] * n[1] + to[1]) * n[2] + to[2]];
            if (!there) continue;
            there = 0;
            front.push_back(to);
          }
    }
    parts += voxels >= least;
  }
  return parts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size < 5) return 0;
  const Index3 shape = {1 + bytes[0] % 7, 1 + bytes[1] % 7, 1 + bytes[2] % 140};
  const bool corners = bytes[3] % 2 != 0;
  const int64_t least = bytes[4] % 6;
  std::vector<uint8_t> mask(static_cast<size_t>(shape[0] * shape[1] * shape[2]));
  for (size_t i = 0; i < mask.size(); ++i) mask[i] = 5 + i / 8 < size && (bytes[5 + i / 8] >> (i % 8) & 1);
  std::vector<int32_t> one(mask.size()), two(mask.size());
  const auto connectivity = corners ? Connectivity::corners : Connectivity::faces;
  const auto found = label(mask.data(), shape, connectivity, least, one.data(), 1);
  label(mask.data(), shape, connectivity, least, two.data(), 3);
  if (one != two) std::abort();
  if (static_cast<int64_t>(found.size()) != parts_by_flood(mask, shape, corners, least)) std::abort();

  // The same voxels as runs hang together by corners.
  std::vector<VoxelRun> runs;
  for (int32_t s = 0; s < shape[0]; ++s)
    for (int32_t v = 0; v < shape[1]; ++v)
      for (int32_t u = 0; u < shape[2]; ++u) {
        if (!mask[(s * shape[1] + v) * shape[2] + u]) continue;
        if (!runs.empty() && runs.back().s == s && runs.back().v == v && runs.back().end == u) ++runs.back().end;
        else runs.push_back({s, v, u, u + 1});
      }
  std::vector<int32_t> labels(runs.size());
  const int64_t parts = label_runs(runs.data(), static_cast<int64_t>(runs.size()), least, labels.data());
  if (parts != parts_by_flood(mask, shape, true, least)) std::abort();
  return 0;
}
