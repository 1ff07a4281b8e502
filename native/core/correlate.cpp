#include "core/correlate.h"

#include <algorithm>
#include <cmath>

#include "core/fourier.h"

namespace tomolapse {
namespace {

using Spectrum = std::vector<std::complex<float>>;

int64_t power_of_two(int64_t at_least) {
  int64_t n = 1;
  while (n < at_least) n *= 2;
  return n;
}

}  // namespace

std::vector<CorrelationPeak> correlate(const float* reference, const uint8_t* mask, const Index3& rs, const float* moved,
                                       const Index3& ms, int count, int threads) {
  Index3 padded{}, reach{};
  for (int axis = 0; axis < 3; ++axis) {
    reach[axis] = std::max(rs[axis], ms[axis]) / 2;
    padded[axis] = power_of_two(std::max(rs[axis], ms[axis]) + reach[axis]);
  }
  const size_t n = static_cast<size_t>(padded[0] * padded[1] * padded[2]);
  auto at = [&](int64_t s, int64_t v, int64_t u) { return static_cast<size_t>((s * padded[1] + v) * padded[2] + u); };

  double sum = 0, marked = 0, moved_mean = 0;
  const int64_t reference_count = rs[0] * rs[1] * rs[2], moved_count = ms[0] * ms[1] * ms[2];
  for (int64_t i = 0; i < reference_count; ++i)
    if (mask[i]) {
      sum += reference[i];
      marked += 1;
    }
  if (marked == 0) return {};
  for (int64_t i = 0; i < moved_count; ++i) moved_mean += moved[i];
  moved_mean /= static_cast<double>(moved_count);
  const double mean = sum / marked;

  // Two real fields in one complex transform: f = texture + i mask, g = grey + i 1, h = grey² .
  Spectrum f(n), texture(n), marks(n), grey(n), square(n), field(n);
  double energy = 0;
  for (int64_t s = 0; s < rs[0]; ++s)
    for (int64_t v = 0; v < rs[1]; ++v)
      for (int64_t u = 0; u < rs[2]; ++u) {
        const int64_t i = (s * rs[1] + v) * rs[2] + u;
        if (!mask[i]) continue;
        const double t = reference[i] - mean;
        energy += t * t;
        texture[at(s, v, u)] = static_cast<float>(t);
        marks[at(s, v, u)] = 1;
      }
  const double unit = std::sqrt(energy / marked) > 0 ? std::sqrt(energy / marked) : 1;
  for (int64_t s = 0; s < ms[0]; ++s)
    for (int64_t v = 0; v < ms[1]; ++v)
      for (int64_t u = 0; u < ms[2]; ++u) {
        const double g = (moved[(s * ms[1] + v) * ms[2] + u] - moved_mean) / unit;
        grey[at(s, v, u)] = static_cast<float>(g);
        square[at(s, v, u)] = static_cast<float>(g * g);
        field[at(s, v, u)] = 1;
      }
  for (Spectrum* one : {&texture, &marks, &grey, &square, &field}) fourier(*one, padded, false, threads);
  auto correlation = [&](const Spectrum& a, const Spectrum& b) {
    for (size_t i = 0; i < n; ++i) f[i] = std::conj(a[i]) * b[i];
    fourier(f, padded, true, threads);
    std::vector<float> real(n);
    for (size_t i = 0; i < n; ++i) real[i] = f[i].real() / static_cast<float>(n);
    return real;
  };
  const std::vector<float> cross = correlation(texture, grey), met = correlation(marks, field), first = correlation(marks, grey),
                           second = correlation(marks, square);

  std::vector<float> score(n, -2.0f);
  for (size_t i = 0; i < n; ++i) {
    if (met[i] < 0.3 * marked) continue;
    const double variance = second[i] - static_cast<double>(first[i]) * first[i] / met[i];
    // What of the texture meets the field has nearly the texture's own variance; little overlap agrees by chance.
    if (variance > 1e-3 * met[i]) score[i] = static_cast<float>(cross[i] / unit / std::sqrt(variance * met[i]) * met[i] / marked);
  }
  std::vector<CorrelationPeak> peaks;
  auto wrapped = [&](int64_t d, int axis) { return (d + padded[axis]) % padded[axis]; };
  for (int64_t s = -reach[0]; s <= reach[0]; ++s)
    for (int64_t v = -reach[1]; v <= reach[1]; ++v)
      for (int64_t u = -reach[2]; u <= reach[2]; ++u) {
        const float here = score[at(wrapped(s, 0), wrapped(v, 1), wrapped(u, 2))];
        if (here <= -1.5f) continue;
        bool top = true;
        for (int64_t a = -1; a <= 1 && top; ++a)
          for (int64_t b = -1; b <= 1 && top; ++b)
            for (int64_t c = -1; c <= 1 && top; ++c)
              top = score[at(wrapped(s + a, 0), wrapped(v + b, 1), wrapped(u + c, 2))] <= here;
        if (top)
          peaks.push_back({{static_cast<double>(s), static_cast<double>(v), static_cast<double>(u)}, here});
      }
  std::stable_sort(peaks.begin(), peaks.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
  if (static_cast<int>(peaks.size()) > count) peaks.resize(static_cast<size_t>(count));
  return peaks;
}

}  // namespace tomolapse
