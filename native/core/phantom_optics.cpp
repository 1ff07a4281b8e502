#include "core/phantom_optics.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/fir.h"
#include "core/parallel.h"
#include "core/phantom_turn.h"

namespace tomolapse {
namespace {

using std::numbers::pi;

int reach_of(double sigma) { return static_cast<int>(std::ceil(4 * sigma)); }

std::vector<float> gaussian(double sigma) {
  std::vector<double> weight(static_cast<size_t>(reach_of(sigma) + 1));
  double sum = 0;
  for (size_t k = 0; k < weight.size(); ++k) {
    weight[k] = std::exp(-0.5 * static_cast<double>(k * k) / (sigma * sigma));
    sum += k == 0 ? weight[k] : 2 * weight[k];
  }
  std::vector<float> scaled;
  for (double w : weight) scaled.push_back(static_cast<float>(w / sum));
  return scaled;
}

// Gaussian in place along all three axes; beyond the border the nearest voxel repeats.
void blur(float* volume, const Index3& shape, double sigma, int threads) {
  const std::vector<float> weight = gaussian(sigma);
  const int radius = static_cast<int>(weight.size()) - 1;
  const int64_t nz = shape[0], ny = shape[1], nx = shape[2];
  auto across = [&](float* first, int64_t count, int64_t stride) {
    std::vector<float> result(static_cast<size_t>(count * nx));
    std::vector<const float*> rows(static_cast<size_t>(2 * radius + 1));
    for (int64_t i = 0; i < count; ++i) {
      for (int k = -radius; k <= radius; ++k) rows[static_cast<size_t>(k + radius)] = first + std::clamp<int64_t>(i + k, 0, count - 1) * stride;
      filter_across(rows.data(), weight.data(), radius, nx, &result[static_cast<size_t>(i * nx)]);
    }
    for (int64_t i = 0; i < count; ++i) std::copy_n(&result[static_cast<size_t>(i * nx)], nx, first + i * stride);
  };
  parallel_for(nz, threads, [&](int64_t z) {
    float* plane = volume + z * ny * nx;
    std::vector<float> row(static_cast<size_t>(nx + 2 * radius));
    for (int64_t y = 0; y < ny; ++y) {
      float* line = plane + y * nx;
      std::copy_n(line, nx, row.begin() + radius);
      std::fill_n(row.begin(), radius, line[0]);
      std::fill_n(row.end() - radius, radius, line[nx - 1]);
      filter_along(row.data() + radius, weight.data(), radius, nx, line);
    }
    across(plane, ny, nx);
  });
  parallel_for(ny, threads, [&](int64_t y) { across(volume + y * nx, nz, ny * nx); });
}

struct Normals {
  double first, second;
};

Normals normals(uint64_t seed, uint64_t counter) {
  const uint64_t bits = mixed(seed ^ mixed(counter));
  const double a = (static_cast<double>(bits >> 32) + 0.5) / 4294967296.0;
  const double b = static_cast<double>(bits & 0xffffffffu) / 4294967296.0;
  const double r = std::sqrt(-2 * std::log(a)), phi = 2 * pi * b;
  return {r * std::cos(phi), r * std::sin(phi)};
}

void normal_row(uint64_t seed, int64_t row, int64_t count, float* out) {
  for (int64_t x = 0; x < count; x += 2) {
    const Normals n = normals(seed, static_cast<uint64_t>(row) * 0x100000ull + static_cast<uint64_t>(x));
    out[x] = static_cast<float>(n.first);
    if (x + 1 < count) out[x + 1] = static_cast<float>(n.second);
  }
}

void add_fringes(std::vector<float>& volume, const Index3& shape, double strength, double width, int threads) {
  std::vector<float> smooth = volume;
  blur(smooth.data(), shape, width, threads);
  parallel_for(shape[0], threads, [&](int64_t z) {
    const size_t first = static_cast<size_t>(z * shape[1] * shape[2]), last = first + static_cast<size_t>(shape[1] * shape[2]);
    for (size_t i = first; i < last; ++i) volume[i] += static_cast<float>(strength) * (volume[i] - smooth[i]);
  });
}

// The glow varies slowly: it is made on a grid four times coarser and interpolated.
void add_halo(std::vector<float>& volume, const Index3& shape, const PhantomOptics& optics, int threads) {
  constexpr int64_t step = 4;
  Index3 coarse;
  for (int k = 0; k < 3; ++k) coarse[k] = (shape[k] + step - 1) / step;
  std::vector<float> glow(static_cast<size_t>(coarse[0] * coarse[1] * coarse[2]));
  parallel_for(coarse[0], threads, [&](int64_t i) {
    for (int64_t j = 0; j < coarse[1]; ++j)
      for (int64_t k = 0; k < coarse[2]; ++k) {
        double sum = 0;
        int64_t count = 0;
        for (int64_t z = i * step; z < std::min(shape[0], (i + 1) * step); ++z)
          for (int64_t y = j * step; y < std::min(shape[1], (j + 1) * step); ++y)
            for (int64_t x = k * step; x < std::min(shape[2], (k + 1) * step); ++x, ++count)
              sum += std::max(0.0, volume[static_cast<size_t>((z * shape[1] + y) * shape[2] + x)] - optics.halo_level);
        glow[static_cast<size_t>((i * coarse[1] + j) * coarse[2] + k)] = static_cast<float>(optics.halo * sum / static_cast<double>(count));
      }
  });
  blur(glow.data(), coarse, optics.halo_width / step, threads);
  auto between = [](int64_t i, int64_t n, int64_t* low, int64_t* high, float* f) {
    const double at = std::clamp((static_cast<double>(i) + 0.5) / step - 0.5, 0.0, static_cast<double>(n - 1));
    *low = static_cast<int64_t>(at);
    *high = std::min(*low + 1, n - 1);
    *f = static_cast<float>(at - static_cast<double>(*low));
  };
  parallel_for(shape[0], threads, [&](int64_t z) {
    int64_t z0, z1, y0, y1, x0, x1;
    float fz, fy, fx;
    between(z, coarse[0], &z0, &z1, &fz);
    for (int64_t y = 0; y < shape[1]; ++y) {
      between(y, coarse[1], &y0, &y1, &fy);
      auto row = [&](int64_t i, int64_t j) { return &glow[static_cast<size_t>((i * coarse[1] + j) * coarse[2])]; };
      const float *a = row(z0, y0), *b = row(z0, y1), *c = row(z1, y0), *d = row(z1, y1);
      float* line = &volume[static_cast<size_t>((z * shape[1] + y) * shape[2])];
      for (int64_t x = 0; x < shape[2]; ++x) {
        between(x, coarse[2], &x0, &x1, &fx);
        auto mix = [&](const float* r) { return r[x0] + (r[x1] - r[x0]) * fx; };
        const float low = mix(a) + (mix(b) - mix(a)) * fy, high = mix(c) + (mix(d) - mix(c)) * fy;
        line[x] += low + (high - low) * fz;
      }
    }
  });
}

void add_cupping(std::vector<float>& volume, const Index3& shape, const Index3& origin, const PhantomScene& scene,
                 const std::array<double, 12>& place_of, const PhantomOptics& optics, int threads) {
  const double per_square = 1 / (optics.cupping_radius * optics.cupping_radius);
  parallel_for(shape[0], threads, [&](int64_t z) {
    for (int64_t y = 0; y < shape[1]; ++y)
      for (int64_t x = 0; x < shape[2]; ++x) {
        Place place;
        for (int a = 0; a < 3; ++a)
          place[a] = place_of[4 * a] * static_cast<double>(z + origin[0]) + place_of[4 * a + 1] * static_cast<double>(y + origin[1]) +
                     place_of[4 * a + 2] * static_cast<double>(x + origin[2]) + place_of[4 * a + 3];
        const double dv = place[1] - scene.axis_v, du = place[2] - scene.axis_u;
        const double edge = std::min(1.0, (dv * dv + du * du) * per_square);
        volume[static_cast<size_t>((z * shape[1] + y) * shape[2] + x)] *= static_cast<float>(1 - optics.cupping * (1 - edge));
      }
  });
}

void add_rings(std::vector<float>& volume, const Index3& shape, const PhantomOptics& optics, int threads) {
  const int stack = optics.stack_axis, first = stack == 0 ? 1 : 0, second = stack == 2 ? 1 : 2;
  const double centre_v = static_cast<double>(shape[first] - 1) / 2 + 0.3, centre_u = static_cast<double>(shape[second] - 1) / 2 - 0.4;
  const int64_t radii = static_cast<int64_t>(std::ceil(std::hypot(centre_v, centre_u))) + 3;
  // A flaw of the scintillator spans some rows of the detector, a pixel's own error one.
  std::vector<float> profile(static_cast<size_t>(shape[stack] * radii));
  for (int64_t s = 0; s < shape[stack]; ++s)
    for (int64_t r = 0; r < radii; ++r) {
      const double wide = normals(optics.rings_seed, static_cast<uint64_t>((s / 6) * radii + r)).first;
      const double own = normals(optics.rings_seed ^ 0x5bd1e995u, static_cast<uint64_t>(s * radii + r)).first;
      profile[static_cast<size_t>(s * radii + r)] = static_cast<float>(optics.rings * (0.8 * wide + 0.6 * own));
    }
  parallel_for(shape[0], threads, [&](int64_t z) {
    for (int64_t y = 0; y < shape[1]; ++y)
      for (int64_t x = 0; x < shape[2]; ++x) {
        const Index3 index{z, y, x};
        const double r = std::hypot(static_cast<double>(index[first]) - centre_v, static_cast<double>(index[second]) - centre_u);
        const int64_t low = static_cast<int64_t>(r);
        const float f = static_cast<float>(r - static_cast<double>(low));
        const float* line = &profile[static_cast<size_t>(index[stack] * radii)];
        volume[static_cast<size_t>((z * shape[1] + y) * shape[2] + x)] += line[low] + (line[low + 1] - line[low]) * f;
      }
  });
}

void add_noise(std::vector<float>& volume, const Index3& shape, const PhantomOptics& optics, int threads) {
  if (optics.noise_width > 0) {
    std::vector<float> grain(volume.size());
    parallel_for(shape[0] * shape[1], threads, [&](int64_t row) { normal_row(optics.noise_seed, row, shape[2], &grain[static_cast<size_t>(row * shape[2])]); });
    blur(grain.data(), shape, optics.noise_width, threads);
    double squares = 0;
    const std::vector<float> weight = gaussian(optics.noise_width);
    for (size_t k = 0; k < weight.size(); ++k) squares += (k == 0 ? 1.0 : 2.0) * weight[k] * weight[k];
    const float scale = static_cast<float>(optics.noise / std::pow(squares, 1.5));
    for (size_t i = 0; i < volume.size(); ++i) volume[i] += scale * grain[i];
  } else if (optics.noise > 0) {
    parallel_for(shape[0] * shape[1], threads, [&](int64_t row) {
      std::vector<float> grain(static_cast<size_t>(shape[2]));
      normal_row(optics.noise_seed, row, shape[2], grain.data());
      float* line = &volume[static_cast<size_t>(row * shape[2])];
      for (int64_t x = 0; x < shape[2]; ++x) line[x] += static_cast<float>(optics.noise) * grain[static_cast<size_t>(x)];
    });
  }
  if (optics.burst_noise > 0)
    parallel_for(shape[0] * shape[1], threads, [&](int64_t row) {
      std::vector<float> grain(static_cast<size_t>(shape[2]));
      normal_row(mixed(optics.noise_seed), row, shape[2], grain.data());
      for (int64_t x = 0; x < shape[2]; ++x) {
        const int64_t s = Index3{row / shape[1], row % shape[1], x}[optics.stack_axis];
        if (s >= optics.burst[0] && s < optics.burst[1])
          volume[static_cast<size_t>(row * shape[2] + x)] += static_cast<float>(optics.burst_noise) * grain[static_cast<size_t>(x)];
      }
    });
}

template <class T>
void store(const std::vector<float>& volume, double scale, double offset, double greatest, T* out, int64_t rows, int64_t nx, int threads) {
  parallel_for(rows, threads, [&](int64_t row) {
    for (int64_t i = row * nx; i < (row + 1) * nx; ++i)
      out[i] = static_cast<T>(std::floor(std::clamp(volume[static_cast<size_t>(i)] * scale + offset, 0.0, greatest) + 0.5));
  });
}

}  // namespace

std::array<PhantomPure, phantom_materials> render_phantom(const PhantomScene& scene, const std::array<double, 12>& place_of,
                                                          const PhantomOptics& optics, void* out, int threads) {
  const Index3& shape = optics.shape;
  // The blur reaches for what lies outside the field of view: the scene goes on there.
  const int64_t margin = optics.blur > 0 ? reach_of(optics.blur) : 0;
  const Index3 origin{-margin, -margin, -margin};
  Index3 wide;
  for (int k = 0; k < 3; ++k) wide[k] = shape[k] + 2 * margin;
  std::vector<float> field(static_cast<size_t>(wide[0] * wide[1] * wide[2]));
  const auto pure = evaluate_phantom(scene, place_of, origin, wide, field.data(), threads);
  std::vector<float> volume;
  if (margin > 0) {
    blur(field.data(), wide, optics.blur, threads);
    volume.resize(static_cast<size_t>(shape[0] * shape[1] * shape[2]));
    parallel_for(shape[0] * shape[1], threads, [&](int64_t row) {
      const int64_t z = row / shape[1] + margin, y = row % shape[1] + margin;
      std::copy_n(&field[static_cast<size_t>((z * wide[1] + y) * wide[2] + margin)], shape[2], &volume[static_cast<size_t>(row * shape[2])]);
    });
    std::vector<float>().swap(field);
  } else {
    volume = std::move(field);
  }
  if (optics.fringe != 0) add_fringes(volume, shape, optics.fringe, optics.fringe_width, threads);
  if (optics.halo != 0) add_halo(volume, shape, optics, threads);
  if (optics.cupping != 0) add_cupping(volume, shape, {0, 0, 0}, scene, place_of, optics, threads);
  if (optics.drift[0] != 0 || optics.drift[1] != 0 || optics.centre_error != 0 || optics.turned < 1) spoil_turn(volume.data(), optics, threads);
  if (optics.rings != 0) add_rings(volume, shape, optics, threads);
  add_noise(volume, shape, optics, threads);
  const int64_t plane = shape[1] * shape[2];
  if (optics.lost[1] > optics.lost[0])
    for (int64_t i = 0; i < shape[0] * plane; ++i) {
      const int64_t s = Index3{i / plane, i / shape[2] % shape[1], i % shape[2]}[optics.stack_axis];
      if (s >= optics.lost[0] && s < optics.lost[1]) volume[static_cast<size_t>(i)] = static_cast<float>(-optics.offset / optics.gain);
    }
  const int64_t rows = shape[0] * shape[1];
  switch (optics.type) {
    case VoxelType::f32:
      parallel_for(rows, threads, [&](int64_t row) {
        for (int64_t i = row * shape[2]; i < (row + 1) * shape[2]; ++i)
          static_cast<float*>(out)[i] = static_cast<float>(volume[static_cast<size_t>(i)] * optics.gain + optics.offset);
      });
      break;
    case VoxelType::u16: store(volume, optics.gain, optics.offset, 65535, static_cast<uint16_t*>(out), rows, shape[2], threads); break;
    case VoxelType::u8: {
      const double scale = 255 / (optics.white - optics.black);
      store(volume, optics.gain * scale, (optics.offset - optics.black) * scale, 255, static_cast<uint8_t*>(out), rows, shape[2], threads);
      break;
    }
    default: throw std::invalid_argument("phantoms are stored as uint8, uint16 or float32");
  }
  return pure;
}

}  // namespace tomolapse
