#include "core/level.h"

#include <algorithm>

#include "core/parallel.h"
#include "core/sample_level.h"

namespace tomolapse {

void read_level(const View& view, int factor, const Index3& origin, const Index3& extent, float* out, int threads) {
  if (factor == 1) return read_block(view, origin, extent, out, threads);
  const Index3 shape = level_shape(view.shape(), factor);
  auto inside = [&](int axis, int64_t i) { return std::clamp<int64_t>(origin[axis] + i, 0, shape[axis] - 1); };
  const int64_t v0 = inside(1, 0), v1 = inside(1, extent[1] - 1) + 1;
  const int64_t u0 = inside(2, 0), u1 = inside(2, extent[2] - 1) + 1;
  const int64_t nv = (v1 - v0) * factor, nu = (u1 - u0) * factor;
  const double scale = 1.0 / (static_cast<double>(factor) * factor * factor);
  parallel_for(extent[0], threads, [&](int64_t i) {
    std::vector<float> slab(static_cast<size_t>(nv * nu));
    std::vector<double> columns(static_cast<size_t>((v1 - v0) * nu), 0.0), sums(static_cast<size_t>((v1 - v0) * (u1 - u0)), 0.0);
    for (int k = 0; k < factor; ++k) {
      read_block(view, {inside(0, i) * factor + k, v0 * factor, u0 * factor}, {1, nv, nu}, slab.data(), 1);
      for (int64_t v = 0; v < nv; ++v) {
        double* to = columns.data() + (v / factor) * nu;
        const float* from = slab.data() + v * nu;
        for (int64_t u = 0; u < nu; ++u) to[u] += from[u];
      }
    }
    for (size_t j = 0; j < sums.size(); ++j)
      for (int f = 0; f < factor; ++f) sums[j] += columns[j * factor + f];
    for (int64_t v = 0; v < extent[1]; ++v)
      for (int64_t u = 0; u < extent[2]; ++u)
        out[(i * extent[1] + v) * extent[2] + u] =
            static_cast<float>(sums[(inside(1, v) - v0) * (u1 - u0) + inside(2, u) - u0] * scale);
  });
}

std::shared_ptr<const Volume> hold_level(const View& view, int factor, int taps, int threads) {
  const Index3 shape = level_shape(view.shape(), factor);
  std::vector<float> level(static_cast<size_t>(shape[0] * shape[1] * shape[2]));
  if (taps >= factor) {
    read_level(view, factor, {0, 0, 0}, shape, level.data(), threads);
  } else {
    Affine to_file{};
    for (int k = 0; k < 3; ++k) {
      const int axis = view.axis[k];
      to_file[axis * 4 + k] = view.flip[k] ? -1 : 1;
      to_file[axis * 4 + 3] = view.flip[k] ? static_cast<double>(view.shape()[k] - 1) : 0;
    }
    sample_level(*view.volume, to_file, factor, taps, {0, 0, 0}, shape, level.data(), threads);
  }
  return std::make_shared<Volume>(level.data(), shape, VoxelType::f32);
}

}  // namespace tomolapse
