#include "core/turn.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/parallel.h"

namespace tomolapse {
namespace {

using std::numbers::pi;
constexpr int64_t side = 256, size = side * side, thickness = 4, slabs = 16, margin = 8;
constexpr double least_balance = 0.3, least_roundness = 0.3;
constexpr int directions = 8;
constexpr int64_t least_tiles = 3;
constexpr float little = 0.12f;  // of the usual power: what noise leaves in angles that are missing
constexpr double worth_a_look = 0.998;
constexpr int angles = 36;

// A complex plane of side² values, parts apart so that all columns of a row are worked on at once.
struct Plane {
  std::vector<float> real = std::vector<float>(size), imaginary = std::vector<float>(size);
};

struct Twiddles {
  std::vector<float> cosine, sine;
  Twiddles() {
    for (int64_t k = 0; k < side / 2; ++k) {
      cosine.push_back(static_cast<float>(std::cos(2 * pi * static_cast<double>(k) / side)));
      sine.push_back(static_cast<float>(std::sin(2 * pi * static_cast<double>(k) / side)));
    }
  }
};

// Transforms every column: radix 2, decimation in time, a row at a time (Cooley & Tukey 1965).
void transform_columns(Plane& plane, float sign) {
  static const Twiddles twiddles;
  for (int64_t i = 1, reversed = 0; i < side; ++i) {
    int64_t bit = side / 2;
    for (; reversed & bit; bit /= 2) reversed ^= bit;
    reversed ^= bit;
    if (i >= reversed) continue;
    std::swap_ranges(&plane.real[i * side], &plane.real[i * side] + side, &plane.real[reversed * side]);
    std::swap_ranges(&plane.imaginary[i * side], &plane.imaginary[i * side] + side, &plane.imaginary[reversed * side]);
  }
  for (int64_t half = 1; half < side; half *= 2)
    for (int64_t start = 0; start < side; start += 2 * half)
      for (int64_t k = 0; k < half; ++k) {
        const float c = twiddles.cosine[k * (side / 2 / half)], s = sign * twiddles.sine[k * (side / 2 / half)];
        float *ar = &plane.real[(start + k) * side], *ai = &plane.imaginary[(start + k) * side];
        float *br = &plane.real[(start + k + half) * side], *bi = &plane.imaginary[(start + k + half) * side];
        for (int64_t x = 0; x < side; ++x) {
          const float tr = c * br[x] - s * bi[x], ti = c * bi[x] + s * br[x];
          br[x] = ar[x] - tr;
          bi[x] = ai[x] - ti;
          ar[x] += tr;
          ai[x] += ti;
        }
      }
}

void transpose(std::vector<float>& values) {
  constexpr int64_t block = 16;
  for (int64_t y0 = 0; y0 < side; y0 += block)
    for (int64_t x0 = y0; x0 < side; x0 += block)
      for (int64_t y = y0; y < y0 + block; ++y)
        for (int64_t x = std::max(x0, y + 1); x < x0 + block; ++x) std::swap(values[y * side + x], values[x * side + y]);
}

// Spectrum of a plane, transposed: rows are waves along u. The way back ends with rows along v again.
void transform(Plane& plane, float sign) {
  transform_columns(plane, sign);
  transpose(plane.real);
  transpose(plane.imaginary);
  transform_columns(plane, sign);
}

struct Tile {
  int64_t v, u, height, width;
  // Of the structure tensor less noise: its weaker eigenvalue, and that as a part of the stronger one.
  double weaker = 0, balance = 0;
  // Of the gradients' power less noise in eight ranges of direction: the least as a part of the mean.
  double roundness = 0;
  std::vector<float> voxels;
};

double hann(int64_t i, int64_t n) { return 0.5 - 0.5 * std::cos(2 * pi * (static_cast<double>(i) + 1) / (static_cast<double>(n) + 1)); }

// Spectrum of the tile less its mean, tapered by a power of Hann's window.
Plane spectrum(const Tile& tile, double power) {
  double sum = 0, weight = 0;
  std::vector<double> down(static_cast<size_t>(tile.height)), along(static_cast<size_t>(tile.width));
  for (int64_t v = 0; v < tile.height; ++v) down[v] = std::pow(hann(v, tile.height), power);
  for (int64_t u = 0; u < tile.width; ++u) along[u] = std::pow(hann(u, tile.width), power);
  for (int64_t v = 0; v < tile.height; ++v)
    for (int64_t u = 0; u < tile.width; ++u) {
      sum += down[v] * along[u] * tile.voxels[v * tile.width + u];
      weight += down[v] * along[u];
    }
  Plane plane;
  for (int64_t v = 0; v < tile.height; ++v)
    for (int64_t u = 0; u < tile.width; ++u)
      plane.real[v * side + u] = static_cast<float>((tile.voxels[v * tile.width + u] - sum / weight) * down[v] * along[u]);
  transform(plane, -1);
  return plane;
}

int64_t wave(int64_t k) { return k <= side / 2 ? k : k - side; }

// What may have happened to the projections.
struct Guess {
  double centre = 0, drift_v = 0, drift_u = 0, start = 0;  // voxels, degrees
};

// The waves of a transposed spectrum: along v and u, length, the angle of their line (0 ≤ angle < 2π), and how much of
// each is kept: a Gaussian of one voxel against noise. The highest wave of an even side has no partner of its own and is
// left out, so that a remedied slice stays real.
struct Waves {
  std::vector<float> v = std::vector<float>(size), u = v, length = v, angle = v, keep = v;
  Waves() {
    for (int64_t ku = 0; ku < side; ++ku)
      for (int64_t kv = 0; kv < side; ++kv) {
        const int64_t i = ku * side + kv;
        v[i] = static_cast<float>(wave(kv)) / side;
        u[i] = static_cast<float>(wave(ku)) / side;
        length[i] = std::hypot(v[i], u[i]);
        const float at = std::atan2(v[i], u[i]);
        angle[i] = at < 0 ? at + static_cast<float>(2 * pi) : at;
        keep[i] = kv == side / 2 || ku == side / 2 ? 0 : std::exp(static_cast<float>(-2 * pi * pi) * length[i] * length[i]);
      }
  }
};

// The factor on a spectrum that undoes a guess.
Plane remedy(const Guess& guess, const Waves& waves) {
  Plane factor;
  const float begin = static_cast<float>(guess.start * pi / 180), half = static_cast<float>(pi);
  for (int64_t i = 0; i < size; ++i) {
    if (waves.keep[i] < 1e-3f) continue;
    float angle = waves.angle[i] - begin;
    if (angle < 0) angle += 2 * half;
    const bool upper = angle < half;
    if (!upper) angle -= half;
    const float drift = (waves.v[i] * static_cast<float>(guess.drift_v) + waves.u[i] * static_cast<float>(guess.drift_u)) * (angle / half - 0.5f);
    const float shift = 2 * half * (drift + (upper ? waves.length[i] : -waves.length[i]) * static_cast<float>(guess.centre));
    factor.real[i] = waves.keep[i] * std::cos(shift);
    factor.imaginary[i] = waves.keep[i] * std::sin(shift);
  }
  return factor;
}

// Σ|∇| / √(n Σ|∇|²): what a given power of gradients looks like when it is spread; smaller, the sparser they are. The
// remedies leave Σ|∇|² as it is.
double spread(const std::vector<float>& values, int64_t height, int64_t width) {
  double sum = 0, squares = 0;
  for (int64_t v = margin; v < height - margin; ++v) {
    const float *row = &values[v * side], *next = row + side;
    float row_sum = 0, row_squares = 0;
    for (int64_t u = margin; u < width - margin; ++u) {
      const float dv = next[u] - row[u], du = row[u + 1] - row[u], square = dv * dv + du * du;
      row_sum += std::sqrt(square);
      row_squares += square;
    }
    sum += row_sum;
    squares += row_squares;
  }
  const double count = static_cast<double>((height - 2 * margin) * (width - 2 * margin));
  return squares > 0 ? sum / std::sqrt(squares * count) : 1;
}

struct Focus {
  std::vector<Tile> tiles;
  int threads;
  std::vector<Plane> spectra;
  Waves waves;

  // By guess and tile; two guesses share a transform, one as its real and one as its imaginary part.
  std::vector<std::vector<double>> spreads(const std::vector<Guess>& guesses) const {
    std::vector<Plane> factors;
    for (size_t g = 0; g < guesses.size(); ++g) factors.emplace_back();
    parallel_for(static_cast<int64_t>(guesses.size()), threads, [&](int64_t g) { factors[g] = remedy(guesses[g], waves); });
    std::vector<std::vector<double>> result(guesses.size(), std::vector<double>(tiles.size()));
    const int64_t pairs = (static_cast<int64_t>(guesses.size()) + 1) / 2;
    parallel_for(pairs * static_cast<int64_t>(tiles.size()), threads, [&](int64_t i) {
      const size_t t = static_cast<size_t>(i / pairs), first = static_cast<size_t>(i % pairs) * 2;
      const bool both = first + 1 < guesses.size();
      Plane plane;
      const Plane &f = spectra[t], &a = factors[first], &b = factors[both ? first + 1 : first];
      for (int64_t k = 0; k < size; ++k) {
        const float one_real = f.real[k] * a.real[k] - f.imaginary[k] * a.imaginary[k];
        const float one_imaginary = f.real[k] * a.imaginary[k] + f.imaginary[k] * a.real[k];
        const float other_real = f.real[k] * b.real[k] - f.imaginary[k] * b.imaginary[k];
        const float other_imaginary = f.real[k] * b.imaginary[k] + f.imaginary[k] * b.real[k];
        plane.real[k] = one_real - other_imaginary;
        plane.imaginary[k] = one_imaginary + other_real;
      }
      transform(plane, 1);
      result[first][t] = spread(plane.real, tiles[t].height, tiles[t].width);
      if (both) result[first + 1][t] = spread(plane.imaginary, tiles[t].height, tiles[t].width);
    });
    return result;
  }
};

double mean_ratio(const std::vector<double>& values, const std::vector<double>& base) {
  double sum = 0;
  for (size_t t = 0; t < values.size(); ++t) sum += values[t] / base[t];
  return sum / static_cast<double>(values.size());
}

// The best of guesses around a start, on steps that are halved.
template <class Around>
Guess refine(const Focus& focus, const std::vector<double>& base, Guess best, double* ratio, Around around) {
  *ratio = mean_ratio(focus.spreads({best})[0], base);
  for (double step = 1; step >= 0.25; step /= 2)
    for (int round = 0; round < 4; ++round) {
      const std::vector<Guess> guesses = around(best, step);
      const auto spreads = focus.spreads(guesses);
      bool better = false;
      for (size_t g = 0; g < guesses.size(); ++g) {
        const double found = mean_ratio(spreads[g], base);
        if (found < *ratio) {
          *ratio = found;
          best = guesses[g];
          better = true;
        }
      }
      if (!better) break;
    }
  return best;
}

// Tiles with edges in all directions: one that has them in a single direction can be shifted across them to no harm, and
// tells nothing.
std::vector<Tile> choose_tiles(const View& view, double noise, int64_t most, int threads) {
  const Index3 shape = view.shape();
  const int64_t height = std::min(side, shape[1]), width = std::min(side, shape[2]);
  const int64_t rows = (shape[1] + side - 1) / side, columns = (shape[2] + side - 1) / side;
  const int64_t layers = std::min(slabs, shape[0] / thickness), per_layer = rows * columns;
  std::vector<Tile> tiles(static_cast<size_t>(layers * per_layer));
  parallel_for(layers, threads, [&](int64_t layer) {
    const int64_t s = (2 * layer + 1) * (shape[0] - thickness) / (2 * layers);
    for (int64_t n = 0; n < per_layer; ++n) {
      Tile& tile = tiles[layer * per_layer + n];
      tile.v = rows > 1 ? n / columns * (shape[1] - height) / (rows - 1) : 0;
      tile.u = columns > 1 ? n % columns * (shape[2] - width) / (columns - 1) : 0;
      tile.height = height;
      tile.width = width;
      std::vector<float> slices(static_cast<size_t>(thickness * height * width));
      read_block(view, {s, tile.v, tile.u}, {thickness, height, width}, slices.data(), 1);
      tile.voxels.assign(static_cast<size_t>(height * width), 0.0f);
      for (size_t i = 0; i < slices.size(); ++i)
        if (std::isfinite(slices[i])) tile.voxels[i % tile.voxels.size()] += slices[i] / thickness;
      // Differences of neighbouring means of 2 × 2.
      auto four = [&](int64_t v, int64_t u) {
        const float* at = &tile.voxels[v * width + u];
        return (at[0] + at[1] + at[width] + at[width + 1]) / 4;
      };
      double vv = 0, vu = 0, uu = 0;
      std::array<double, directions> by_direction{};
      int64_t count = 0;
      for (int64_t v = 2; v + 1 < height; v += 2)
        for (int64_t u = 2; u + 1 < width; u += 2, ++count) {
          const float here = four(v, u), dv = here - four(v - 2, u), du = here - four(v, u - 2);
          const int direction = static_cast<int>(std::floor((std::atan2(dv, du) / pi + 1) * directions));
          by_direction[direction % directions] += dv * dv + du * du;
          vv += dv * dv;
          vu += dv * du;
          uu += du * du;
        }
      const double of_noise = 2 * noise * noise / (4 * thickness) * static_cast<double>(count);
      const double middle = (vv + uu) / 2 - of_noise, half = std::sqrt((vv - uu) * (vv - uu) / 4 + vu * vu);
      tile.weaker = middle - half;
      double least = INFINITY, sum = 0;
      for (double power : by_direction) {
        least = std::min(least, power - 2 * of_noise / directions);
        sum += power - 2 * of_noise / directions;
      }
      tile.roundness = sum > 0 ? least / (sum / directions) : 0;
      // Where the structure is much less than the noise, its balance is not known.
      tile.balance = tile.weaker > 0.1 * of_noise ? tile.weaker / (middle + half) : 0;
    }
  });
  std::erase_if(tiles, [](const Tile& tile) { return tile.balance < least_balance; });
  std::stable_sort(tiles.begin(), tiles.end(), [](const Tile& a, const Tile& b) { return a.weaker > b.weaker; });
  if (static_cast<int64_t>(tiles.size()) < least_tiles) return {};
  // Neighbouring slices show much the same: of twice as many strong tiles every second.
  const size_t step = static_cast<int64_t>(tiles.size()) >= 2 * most ? 2 : 1;
  std::vector<Tile> chosen;
  for (size_t i = 0; i < tiles.size() && static_cast<int64_t>(chosen.size()) < most; i += step) chosen.push_back(std::move(tiles[i]));
  return chosen;
}

// Power by angle, the mean over a band of frequencies of which each counts the same; empty where noise is most of it.
std::vector<float> power_by_angle(const Tile& tile, double noise) {
  const Plane plane = spectrum(tile, 1);
  double squares = 0;
  for (int64_t v = 0; v < tile.height; ++v)
    for (int64_t u = 0; u < tile.width; ++u) squares += std::pow(hann(v, tile.height) * hann(u, tile.width), 2);
  const double floor = noise * noise / thickness * squares;
  constexpr int64_t nearest = 10, farthest = 40;
  std::vector<double> ring(farthest + 1), ring_count(farthest + 1);
  auto each = [&](auto&& take) {
    for (int64_t v = 0; v <= farthest; ++v)
      for (int64_t u = -farthest; u <= farthest; ++u) {
        if (v == 0 && u <= 0) continue;
        const double radius = std::hypot(static_cast<double>(v), static_cast<double>(u));
        if (radius < nearest || radius > farthest) continue;
        const int64_t k = (u + side) % side * side + v;
        take(plane.real[k] * plane.real[k] + plane.imaginary[k] * plane.imaginary[k], static_cast<int64_t>(radius), std::atan2(static_cast<double>(v), static_cast<double>(u)));
      }
  };
  each([&](float power, int64_t radius, double) {
    ring[radius] += power;
    ring_count[radius] += 1;
  });
  std::vector<double> sum(angles), count(angles);
  each([&](float power, int64_t radius, double angle) {
    const double usual = ring[radius] / ring_count[radius];
    if (usual < 12 * floor) return;
    const int bin = static_cast<int>(std::lround(angle / pi * angles)) % angles;
    sum[bin] += power / usual;
    count[bin] += 1;
  });
  std::vector<float> result;
  for (int a = 0; a < angles; ++a) {
    if (count[a] < 2) return {};
    result.push_back(static_cast<float>(sum[a] / count[a]));
  }
  std::vector<float> sorted = result;
  std::nth_element(sorted.begin(), sorted.begin() + angles / 2, sorted.end());
  const float median = sorted[angles / 2];
  if (median <= 0) return {};
  for (float& value : result) value /= median;
  return result;
}

void find_missing(const std::vector<std::vector<float>>& powers, TurnReading& reading) {
  std::vector<const std::vector<float>*> told;
  for (const auto& power : powers)
    if (!power.empty()) told.push_back(&power);
  if (told.size() < 3) return;
  for (int a = 0; a < angles; ++a) {
    std::vector<float> values;
    for (const auto* power : told) values.push_back((*power)[a]);
    std::nth_element(values.begin(), values.begin() + static_cast<int64_t>(values.size() / 2), values.end());
    reading.power.push_back(values[values.size() / 2]);
  }
  int longest = 0, from = 0;
  for (int a = 0; a < angles; ++a) {
    int run = 0;
    while (run < angles && reading.power[(a + run) % angles] < little) ++run;
    if (run > longest) longest = run, from = a;
  }
  reading.missing = longest * 180.0 / angles;
  reading.missing_from = from * 180.0 / angles;
}

}  // namespace

TurnReading read_turn(const View& view, double noise, int64_t most, int threads) {
  const Index3 shape = view.shape();
  TurnReading reading;
  if (shape[0] < thickness || shape[1] < 48 || shape[2] < 48) return reading;
  std::vector<Tile> tiles = choose_tiles(view, noise, most, threads);
  std::vector<std::vector<float>> powers(tiles.size());
  parallel_for(static_cast<int64_t>(tiles.size()), threads, [&](int64_t t) { powers[t] = power_by_angle(tiles[t], noise); });
  find_missing(powers, reading);

  // Straight edges along few directions become sparser by a mere shift against the voxels.
  std::erase_if(tiles, [](const Tile& tile) { return tile.roundness < least_roundness; });
  if (static_cast<int64_t>(tiles.size()) < least_tiles) return reading;
  Focus focus{std::move(tiles), threads, {}, {}};
  reading.tiles = static_cast<int64_t>(focus.tiles.size());
  focus.spectra.resize(focus.tiles.size());
  parallel_for(reading.tiles, threads, [&](int64_t t) { focus.spectra[t] = spectrum(focus.tiles[t], 0.25); });

  std::vector<Guess> guesses{Guess{}};
  for (double start : {0.0, 90.0})
    for (double centre : {1.25, 3.0, 6.0})
      for (double sign : {-1.0, 1.0}) guesses.push_back({.centre = sign * centre, .start = start});
  const auto spreads = focus.spreads(guesses);
  size_t best = 0;
  double lowest = 1;
  for (size_t g = 1; g < guesses.size(); ++g) {
    const double ratio = mean_ratio(spreads[g], spreads[0]);
    if (ratio < lowest) lowest = ratio, best = g;
  }
  if (lowest > worth_a_look) return reading;
  double centre_ratio = 1, drift_ratio = 1;
  const Guess centre = refine(focus, spreads[0], guesses[best], &centre_ratio, [](const Guess& at, double step) {
    return std::vector<Guess>{{.centre = at.centre - step, .start = at.start}, {.centre = at.centre + step, .start = at.start}};
  });
  // A drift along the first projection's rows by twice as much is nearly the same.
  const double along = -2 * centre.centre;
  Guess drift{.drift_v = centre.start == 0 ? 0 : along, .drift_u = centre.start == 0 ? along : 0, .start = centre.start};
  drift = refine(focus, spreads[0], drift, &drift_ratio, [](const Guess& at, double step) {
    std::vector<Guess> around;
    for (int dv = -1; dv <= 1; ++dv)
      for (int du = -1; du <= 1; ++du)
        if (dv != 0 || du != 0)
          around.push_back({.drift_v = at.drift_v + dv * step, .drift_u = at.drift_u + du * step, .start = at.start});
    return around;
  });
  reading.centre_error = centre.centre;
  reading.start = centre.start;
  reading.centre_gain = 1 - centre_ratio;
  reading.drift = {drift.drift_v, drift.drift_u};
  reading.drift_gain = 1 - drift_ratio;
  const auto two = focus.spreads({centre, drift});
  for (size_t t = 0; t < focus.tiles.size(); ++t) reading.agreeing += std::min(two[0][t], two[1][t]) < spreads[0][t] ? 1.0 / static_cast<double>(reading.tiles) : 0;
  return reading;
}

}  // namespace tomolapse
