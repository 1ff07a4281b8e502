#include "core/correlate.h"

#include <algorithm>
#include <complex>

#include "core/fourier.h"
#include "test/check.h"

using namespace tomolapse;
using namespace tomolapse::test;

namespace {

constexpr double pi = 3.14159265358979323846;

using Spectrum = std::vector<std::complex<float>>;

Spectrum random_box(const Index3& shape, unsigned seed) {
  const auto real = noise<float>(shape, -1, 1, seed), imaginary = noise<float>(shape, -1, 1, seed + 1);
  Spectrum box(real.size());
  for (size_t i = 0; i < box.size(); ++i) box[i] = {real[i], imaginary[i]};
  return box;
}

// A block of `shape` cut out of a random field at `origin`.
std::vector<float> cut(const std::vector<float>& field, const Index3& whole, const Index3& origin, const Index3& shape) {
  std::vector<float> block;
  for (int64_t s = 0; s < shape[0]; ++s)
    for (int64_t v = 0; v < shape[1]; ++v)
      for (int64_t u = 0; u < shape[2]; ++u)
        block.push_back(field[((origin[0] + s) * whole[1] + origin[1] + v) * whole[2] + origin[2] + u]);
  return block;
}

}  // namespace

TEST("a Fourier transform is its definition, in boxes with axes of one") {
  for (const Index3& shape : {Index3{1, 1, 8}, Index3{4, 1, 2}, Index3{4, 8, 2}, Index3{1, 16, 4}}) {
    const Spectrum box = random_box(shape, 3);
    Spectrum found = box;
    fourier(found, shape, false, 2);
    for (int64_t i = 0; i < voxels_of(shape); ++i) {
      const Index3 k = {i / (shape[1] * shape[2]), i / shape[2] % shape[1], i % shape[2]};
      std::complex<double> sum = 0;
      for (int64_t j = 0; j < voxels_of(shape); ++j) {
        const Index3 p = {j / (shape[1] * shape[2]), j / shape[2] % shape[1], j % shape[2]};
        double turns = 0;
        for (int axis = 0; axis < 3; ++axis) turns += static_cast<double>(k[axis] * p[axis]) / static_cast<double>(shape[axis]);
        sum += std::complex<double>(box[j]) * std::polar(1.0, -2 * pi * turns);
      }
      CHECK_NEAR(std::abs(std::complex<double>(found[i]) - sum), 0, 1e-4);
    }
  }
}

TEST("a wave is one line of the spectrum") {
  const Index3 shape = {8, 16, 32};
  Spectrum box(static_cast<size_t>(voxels_of(shape)));
  for (int64_t i = 0; i < voxels_of(shape); ++i) {
    const double turns = 3 * static_cast<double>(i / 512) / 8 + 5 * static_cast<double>(i / 32 % 16) / 16 - 7 * static_cast<double>(i % 32) / 32;
    box[i] = std::complex<float>(std::polar(1.0, 2 * pi * turns));
  }
  fourier(box, shape, false, 1);
  for (int64_t i = 0; i < voxels_of(shape); ++i)
    CHECK_NEAR(std::abs(box[i]), i == (3 * 16 + 5) * 32 + 25 ? static_cast<double>(voxels_of(shape)) : 0, 0.01);
}

TEST("forth and back, a Fourier transform gives the box again, the same bytes with any number of threads") {
  const Index3 shape = {16, 32, 8};
  const Spectrum box = random_box(shape, 5);
  const auto found = same_everywhere<std::complex<float>>(voxels_of(shape), [&](std::complex<float>* out, int threads) {
    Spectrum turned = box;
    fourier(turned, shape, false, threads);
    CHECK(std::abs(turned[1] - box[1]) > 0.1f);
    fourier(turned, shape, true, threads);
    std::copy(turned.begin(), turned.end(), out);
  });
  for (size_t i = 0; i < box.size(); ++i)
    CHECK_NEAR(std::abs(found[i] / static_cast<float>(voxels_of(shape)) - box[i]), 0, 1e-5);
}

TEST("correlation finds whole shifts, either way, in blocks of unlike shape") {
  const Index3 whole = {60, 64, 68};
  const auto field = noise<float>(whole, 10000, 30000, 7);
  const Index3 shape = {20, 22, 24};
  for (const Index3& d : {Index3{0, 0, 0}, Index3{3, -5, 7}, Index3{-6, 2, -9}, Index3{-7, 6, 1}})
    for (const Index3& other : {shape, Index3{26, 19, 25}}) {
      const auto reference = cut(field, whole, {20, 20, 20}, shape);
      // What lies at p of the reference lies at p + d here, on other grey values.
      auto moved = cut(field, whole, {20 - d[0], 20 - d[1], 20 - d[2]}, other);
      for (float& grey : moved) grey = 0.8f * grey + 3000;
      const std::vector<uint8_t> mask(reference.size(), 1);
      const auto peaks = correlate(reference.data(), mask.data(), shape, moved.data(), other, 3, 2);
      CHECK(peaks.size() >= 2);
      for (int axis = 0; axis < 3; ++axis) CHECK_EQUAL(peaks[0].shift[axis], static_cast<double>(d[axis]));
      // What lies in both agrees fully: the score is its share of the reference.
      double share = 1;
      for (int axis = 0; axis < 3; ++axis)
        share *= static_cast<double>(std::min(shape[axis], other[axis] - d[axis]) - std::max<int64_t>(0, -d[axis])) / static_cast<double>(shape[axis]);
      CHECK_NEAR(peaks[0].score, share, 0.03);
      CHECK(peaks[1].score < 0.5 * peaks[0].score);
    }
}

TEST("correlation looks at the marked part alone") {
  // The bright slab of the reference stays where it is, the marked rest moves: the mask decides which is followed.
  const Index3 whole = {40, 40, 40}, shape = {24, 24, 24};
  const auto field = noise<float>(whole, 0, 100, 9), slab = noise<float>(whole, 0, 4000, 11);
  auto reference = cut(field, whole, {8, 8, 8}, shape), moved = cut(field, whole, {8, 5, 12}, shape);
  const auto still = cut(slab, whole, {0, 0, 0}, shape);
  std::vector<uint8_t> rest(reference.size(), 1), fixed(reference.size(), 0);
  for (int64_t i = 0; i < 6 * 24 * 24; ++i) {
    reference[i] = moved[i] = still[i];
    rest[i] = 0;
    fixed[i] = 1;
  }
  const auto turned = correlate(reference.data(), rest.data(), shape, moved.data(), shape, 1, 1);
  CHECK_EQUAL(turned[0].shift[0], 0.0);
  CHECK_EQUAL(turned[0].shift[1], 3.0);
  CHECK_EQUAL(turned[0].shift[2], -4.0);
  const auto stays = correlate(reference.data(), fixed.data(), shape, moved.data(), shape, 1, 1);
  for (int axis = 0; axis < 3; ++axis) CHECK_EQUAL(stays[0].shift[axis], 0.0);
  const std::vector<uint8_t> none(reference.size(), 0);
  CHECK(correlate(reference.data(), none.data(), shape, moved.data(), shape, 1, 1).empty());
}

TEST("correlation of an even scan finds nothing, the same bytes with any number of threads otherwise") {
  const Index3 shape = {16, 16, 16};
  const auto reference = noise<float>(shape, 0, 1, 13), moved = noise<float>(shape, 0, 1, 14);
  const std::vector<float> even(reference.size(), 5.0f);
  const std::vector<uint8_t> mask(reference.size(), 1);
  for (const auto& peak : correlate(reference.data(), mask.data(), shape, even.data(), shape, 3, 1)) CHECK(std::abs(peak.score) < 0.5);
  same_everywhere<double>(12, [&](double* out, int threads) {
    const auto peaks = correlate(reference.data(), mask.data(), shape, moved.data(), shape, 3, threads);
    CHECK_EQUAL(peaks.size(), size_t{3});
    for (size_t i = 0; i < 3; ++i) {
      std::copy(peaks[i].shift.begin(), peaks[i].shift.end(), out + 4 * i);
      out[4 * i + 3] = peaks[i].score;
    }
  });
}
