#include "core/correlate.h"

#include <algorithm>
#include <cmath>

#include "core/fourier.h"
#include "core/parallel.h"

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

  // Two real fields in one complex transform: texture + i marks, and grey + i grey².
  Spectrum still(n), other(n), field(n);
  double energy = 0;
  for (int64_t s = 0; s < rs[0]; ++s)
    for (int64_t v = 0; v < rs[1]; ++v)
      for (int64_t u = 0; u < rs[2]; ++u) {
        const int64_t i = (s * rs[1] + v) * rs[2] + u;
        if (!mask[i]) continue;
        const double t = reference[i] - mean;
        energy += t * t;
        still[at(s, v, u)] = {static_cast<float>(t), 1};
      }
  const double unit = std::sqrt(energy / marked) > 0 ? std::sqrt(energy / marked) : 1;
  for (auto& value : still) value = {static_cast<float>(value.real() / unit), value.imag()};
  for (int64_t s = 0; s < ms[0]; ++s)
    for (int64_t v = 0; v < ms[1]; ++v)
      for (int64_t u = 0; u < ms[2]; ++u) {
        const double g = (moved[(s * ms[1] + v) * ms[2] + u] - moved_mean) / unit;
        other[at(s, v, u)] = {static_cast<float>(g), static_cast<float>(g * g)};
        field[at(s, v, u)] = 1;
      }
  for (Spectrum* one : {&still, &other, &field}) fourier(*one, padded, false, threads);
  // The spectra of a pair's parts: half the sum and difference of the value here and the conjugate of that opposite.
  auto opposite = [&](int64_t s, int64_t v, int64_t u) {
    return at((padded[0] - s) % padded[0], (padded[1] - v) % padded[1], (padded[2] - u) % padded[2]);
  };
  auto parts = [](std::complex<float> here, std::complex<float> there) {
    const std::complex<float> half = 0.5f * (here + std::conj(there)), rest = 0.5f * (here - std::conj(there));
    return std::array{half, std::complex<float>(rest.imag(), -rest.real())};
  };
  // Back come, in pairs again: texture against grey with marks against field, and marks against grey with marks against grey².
  Spectrum cross_met(n), moments(n);
  parallel_for(padded[0], threads, [&](int64_t s) {
    const std::complex<float> i(0, 1);
    for (int64_t v = 0; v < padded[1]; ++v)
      for (int64_t u = 0; u < padded[2]; ++u) {
        const size_t here = at(s, v, u), there = opposite(s, v, u);
        const auto [texture, marks] = parts(still[here], still[there]);
        const auto [grey, square] = parts(other[here], other[there]);
        cross_met[here] = std::conj(texture) * grey + i * (std::conj(marks) * field[here]);
        moments[here] = std::conj(marks) * grey + i * (std::conj(marks) * square);
      }
  });
  for (Spectrum* one : {&cross_met, &moments}) fourier(*one, padded, true, threads);
  const double scale = 1 / static_cast<double>(n);

  std::vector<float> score(n, -2.0f);
  for (size_t i = 0; i < n; ++i) {
    const double cross = cross_met[i].real() * scale, met = cross_met[i].imag() * scale;
    const double first = moments[i].real() * scale, second = moments[i].imag() * scale;
    if (met < 0.3 * marked) continue;
    const double variance = second - first * first / met;
    // What of the texture meets the field has nearly the texture's own variance; little overlap agrees by chance.
    if (variance > 1e-3 * met) score[i] = static_cast<float>(cross / std::sqrt(variance * met) * met / marked);
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
