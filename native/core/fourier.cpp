#include "core/fourier.h"

#include <cmath>

#include "core/parallel.h"

namespace tomolapse {
namespace {

using Complex = std::complex<float>;

// One line, decimation in time after a bit-reversed copy (Cooley & Tukey 1965).
void line(Complex* x, int64_t n, const std::vector<Complex>& twiddle, const std::vector<int64_t>& reversed) {
  for (int64_t i = 0; i < n; ++i)
    if (i < reversed[i]) std::swap(x[i], x[reversed[i]]);
  for (int64_t half = 1; half < n; half *= 2)
    for (int64_t start = 0; start < n; start += 2 * half)
      for (int64_t k = 0; k < half; ++k) {
        const Complex w = twiddle[k * (n / (2 * half))];
        const Complex b = x[start + k + half];
        const Complex t(w.real() * b.real() - w.imag() * b.imag(), w.real() * b.imag() + w.imag() * b.real());
        x[start + k + half] = x[start + k] - t;
        x[start + k] += t;
      }
}

}  // namespace

void fourier(std::vector<Complex>& values, const Index3& shape, bool inverse, int threads) {
  const Index3 stride = {shape[1] * shape[2], shape[2], 1};
  for (int axis = 0; axis < 3; ++axis) {
    const int64_t n = shape[axis];
    std::vector<Complex> twiddle(static_cast<size_t>(std::max<int64_t>(n / 2, 1)));
    for (int64_t k = 0; k < n / 2; ++k) {
      const double angle = (inverse ? 2 : -2) * 3.14159265358979323846 * static_cast<double>(k) / static_cast<double>(n);
      twiddle[k] = Complex(static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle)));
    }
    std::vector<int64_t> reversed(static_cast<size_t>(n), 0);
    for (int64_t i = 1; i < n; ++i) reversed[i] = reversed[i / 2] / 2 + (i % 2 ? n / 2 : 0);
    const int a = axis == 0 ? 1 : 0, b = axis == 2 ? 1 : 2;
    parallel_for(shape[a], threads, [&](int64_t i) {
      std::vector<Complex> buffer(static_cast<size_t>(n));
      for (int64_t j = 0; j < shape[b]; ++j) {
        Complex* first = values.data() + i * stride[a] + j * stride[b];
        for (int64_t k = 0; k < n; ++k) buffer[k] = first[k * stride[axis]];
        line(buffer.data(), n, twiddle, reversed);
        for (int64_t k = 0; k < n; ++k) first[k * stride[axis]] = buffer[k];
      }
    });
  }
}

}  // namespace tomolapse
