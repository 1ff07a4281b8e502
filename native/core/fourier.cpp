#include "core/fourier.h"

#include <algorithm>
#include <cmath>

#include "core/parallel.h"

namespace tomolapse {
namespace {

using Complex = std::complex<float>;

// Eight lines are transformed side by side.
constexpr int64_t lanes = 8;
typedef float Lanes __attribute__((vector_size(lanes * sizeof(float))));

struct Line {
  std::vector<Complex> twiddle;
  std::vector<int64_t> reversed;
  int64_t n;

  Line(int64_t length, bool inverse) : twiddle(static_cast<size_t>(std::max<int64_t>(length / 2, 1))), reversed(static_cast<size_t>(length), 0), n(length) {
    for (int64_t k = 0; k < n / 2; ++k) {
      const double angle = (inverse ? 2 : -2) * 3.14159265358979323846 * static_cast<double>(k) / static_cast<double>(n);
      twiddle[k] = Complex(static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle)));
    }
    for (int64_t i = 1; i < n; ++i) reversed[i] = reversed[i / 2] / 2 + (i % 2 ? n / 2 : 0);
  }

  // Of lines in bit-reversed order: decimation in time (Cooley & Tukey 1965).
  void transform(Lanes* real, Lanes* imaginary) const {
    for (int64_t half = 1; half < n; half *= 2)
      for (int64_t start = 0; start < n; start += 2 * half)
        for (int64_t k = 0; k < half; ++k) {
          const Complex w = twiddle[k * (n / (2 * half))];
          const int64_t a = start + k, b = a + half;
          const Lanes re = real[b] * w.real() - imaginary[b] * w.imag(), im = real[b] * w.imag() + imaginary[b] * w.real();
          real[b] = real[a] - re;
          imaginary[b] = imaginary[a] - im;
          real[a] += re;
          imaginary[a] += im;
        }
  }
};

}  // namespace

void fourier(std::vector<Complex>& values, const Index3& shape, bool inverse, int threads) {
  const Index3 stride = {shape[1] * shape[2], shape[2], 1};
  // The last axis first: of a padded box, most of its lines hold nothing yet.
  for (int axis = 2; axis >= 0; --axis) {
    const Line line(shape[axis], inverse);
    const int a = axis == 0 ? 1 : 0, b = axis == 2 ? 1 : 2;
    parallel_for(shape[a], threads, [&](int64_t i) {
      std::vector<Lanes> real(static_cast<size_t>(line.n)), imaginary(real.size());
      for (int64_t j = 0; j < shape[b]; j += lanes) {
        const int64_t count = std::min(lanes, shape[b] - j);
        Complex* first = values.data() + i * stride[a] + j * stride[b];
        bool empty = true;
        for (int64_t k = 0; k < line.n; ++k) {
          const Complex* from = first + k * stride[axis];
          Lanes re{}, im{};
          for (int64_t l = 0; l < count; ++l) {
            const Complex value = from[l * stride[b]];
            empty = empty && value == Complex{};
            re[l] = value.real();
            im[l] = value.imag();
          }
          real[line.reversed[k]] = re;
          imaginary[line.reversed[k]] = im;
        }
        if (empty) continue;
        line.transform(real.data(), imaginary.data());
        for (int64_t k = 0; k < line.n; ++k)
          for (int64_t l = 0; l < count; ++l) first[k * stride[axis] + l * stride[b]] = Complex(real[k][l], imaginary[k][l]);
      }
    });
  }
}

}  // namespace tomolapse
