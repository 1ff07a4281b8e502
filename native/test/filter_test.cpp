#include <algorithm>
#include <limits>

#include "core/bin.h"
#include "core/crc32c.h"
#include "core/distance.h"
#include "core/gaussian.h"
#include "core/histogram.h"
#include "core/median.h"
#include "test/check.h"

using namespace tomolapse;
using namespace tomolapse::test;

namespace {

const std::vector<Index3> shapes = {{1, 1, 1}, {1, 1, 37}, {1, 19, 1}, {23, 1, 1}, {2, 3, 5}, {7, 20, 33}, {5, 6, 300}};

// Mean over three axes one after the other, with every border voxel looked up.
std::vector<double> gaussian_by_definition(const std::vector<float>& in, const Index3& shape, double sigma, Border border) {
  std::vector<double> now(in.begin(), in.end());
  const int64_t stride[3] = {shape[1] * shape[2], shape[2], 1};
  const int radius = static_cast<int>(4 * sigma + 0.5);
  for (int k = 0; k < 3; ++k) {
    std::vector<double> next(now.size());
    for (int64_t i = 0; i < voxels_of(shape); ++i) {
      const int64_t at = i / stride[k] % shape[k];
      double sum = 0, weights = 0;
      for (int d = -radius; d <= radius; ++d) {
        int64_t there = at + d;
        while (there < 0 || there >= shape[k]) {
          if (border == Border::nearest) there = std::clamp<int64_t>(there, 0, shape[k] - 1);
          else there = there < 0 ? -1 - there : 2 * shape[k] - 1 - there;
        }
        const double weight = std::exp(-0.5 * d * d / (sigma * sigma));
        sum += weight * now[i + (there - at) * stride[k]];
        weights += weight;
      }
      next[i] = sum / weights;
    }
    now = next;
  }
  return now;
}

std::vector<int16_t> median_by_definition(const std::vector<int16_t>& in, const Index3& shape, const Footprint& footprint, MedianBorder border) {
  std::vector<int16_t> out(in.size());
  for (int64_t i = 0; i < voxels_of(shape); ++i) {
    const Index3 at = {i / (shape[1] * shape[2]), i / shape[2] % shape[1], i % shape[2]};
    std::vector<int> seen;
    for (const Index3& o : footprint) {
      Index3 there{};
      bool inside = true;
      for (int k = 0; k < 3; ++k) {
        there[k] = at[k] + o[k];
        inside &= there[k] >= 0 && there[k] < shape[k];
        there[k] = within(there[k], shape[k], border == MedianBorder::reflect ? Border::reflect : Border::nearest);
      }
      if (inside || border != MedianBorder::fiji) seen.push_back(in[(there[0] * shape[1] + there[1]) * shape[2] + there[2]]);
    }
    std::sort(seen.begin(), seen.end());
    const size_t n = seen.size();
    out[i] = static_cast<int16_t>(border == MedianBorder::fiji && n % 2 == 0 ? std::floor((seen[n / 2 - 1] + seen[n / 2]) / 2.0 + 0.5) : seen[n / 2]);
  }
  return out;
}

}  // namespace

TEST("the Gaussian is its definition, borders included") {
  for (const Index3& shape : shapes)
    for (double sigma : {0.3, 1.0, 2.6})
      for (Border border : {Border::nearest, Border::reflect}) {
        const auto in = noise<float>(shape, 0, 1000);
        const auto out = same_everywhere<float>(voxels_of(shape), [&](float* to, int threads) { gaussian(in.data(), shape, sigma, border, to, threads); });
        const auto truth = gaussian_by_definition(in, shape, sigma, border);
        for (size_t i = 0; i < out.size(); ++i) CHECK_NEAR(out[i], truth[i], 1e-3);
      }
}

TEST("a Gaussian of σ 0 copies; one that is not a number is refused") {
  const auto in = noise<float>({3, 4, 5}, 0, 1);
  std::vector<float> out(60);
  gaussian(in.data(), {3, 4, 5}, 0, Border::nearest, out.data(), 1);
  CHECK(out == in);
  CHECK_THROWS(std::invalid_argument, gaussian(in.data(), {3, 4, 5}, std::nan(""), Border::nearest, out.data(), 1));
  CHECK_THROWS(std::invalid_argument, gaussian(in.data(), {3, 4, 5}, -1, Border::nearest, out.data(), 1));
  gaussian(in.data(), {0, 4, 5}, 1, Border::nearest, out.data(), 1);
}

TEST("a ball of radius 3 has 123 voxels, a cube 343") {
  CHECK_EQUAL(ball(3).size(), size_t{123});
  CHECK_EQUAL(cube(3).size(), size_t{343});
  CHECK_EQUAL(ball(0).size(), size_t{1});
}

TEST("the median is its definition, borders and the ends of 16 bits included") {
  const std::vector<Footprint> footprints = {ball(0), ball(1), ball(3), cube(2), {{0, 0, 0}, {0, 0, 1}}, {{1, -2, 3}, {0, 0, -1}, {-1, 1, 0}, {2, 2, 2}}};
  for (const Index3& shape : shapes)
    for (const Footprint& footprint : footprints)
      for (MedianBorder border : {MedianBorder::fiji, MedianBorder::reflect, MedianBorder::nearest})
        for (int kind = 0; kind < 3; ++kind) {
          if (voxels_of(shape) > 5000 && (kind != 0 || footprint != ball(3))) continue;  // one large case a border is enough
          if (border == MedianBorder::fiji && std::find(footprint.begin(), footprint.end(), Index3{0, 0, 0}) == footprint.end()) continue;
          auto in = noise<int16_t>(shape, -32768, 32768);
          if (kind == 1)
            for (int16_t& voxel : in) voxel = voxel % 3 == 0 ? 32767 : voxel % 3 == 1 ? -32768 : 32766;
          if (kind == 2) std::fill(in.begin(), in.end(), int16_t{32767});
          const auto out = same_everywhere<int16_t>(voxels_of(shape), [&](int16_t* to, int threads) { median(in.data(), shape, footprint, border, to, threads); });
          CHECK(out == median_by_definition(in, shape, footprint, border));
        }
}

TEST("footprints without voxels and with too many are refused") {
  int16_t voxel = 1, out = 0;
  CHECK_THROWS(std::invalid_argument, median(&voxel, {1, 1, 1}, {}, MedianBorder::fiji, &out, 1));
  CHECK_THROWS(std::invalid_argument, median(&voxel, {1, 1, 1}, cube(16), MedianBorder::fiji, &out, 1));
}

TEST("histograms count every voxel once") {
  const auto sixteen = noise<uint16_t>({3, 1777, 1000}, 0, 65536);
  for (int threads : {1, 4}) {
    const auto counts = histogram_of(sixteen.data(), static_cast<int64_t>(sixteen.size()), threads);
    std::vector<uint64_t> truth(65536, 0);
    for (uint16_t voxel : sixteen) ++truth[voxel];
    CHECK(counts == truth);
  }
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinite = std::numeric_limits<float>::infinity();
  const std::vector<float> voxels = {-1, 0, 0.25f, 0.5f, 0.999f, 1, 1.0001f, nan, infinite, -infinite};
  const Histogram found = histogram_of(voxels.data(), static_cast<int64_t>(voxels.size()), 0, 1, 4, 2);
  CHECK((found.counts == std::vector<uint64_t>{1, 1, 1, 2}));
  CHECK_EQUAL(found.underflow, uint64_t{2});
  CHECK_EQUAL(found.overflow, uint64_t{2});
  CHECK_NEAR(found.centre(1), 0.375, 1e-12);
  CHECK_EQUAL(range_of(voxels.data(), 6, 2)[1], 1.0f);
  CHECK_EQUAL(range_of(voxels.data() + 1, 5, 2)[0], 0.0f);
  CHECK(std::isnan(range_of(voxels.data() + 7, 1, 1)[0]));
  CHECK(std::isnan(range_of(voxels.data(), 0, 1)[0]));
  CHECK_THROWS(std::invalid_argument, histogram_of(voxels.data(), 1, 1, 1, 4, 1));
  CHECK_THROWS(std::invalid_argument, histogram_of(voxels.data(), 1, 0, 1, 0, 1));
}

TEST("the histogram of a view is that of its voxels") {
  const Index3 shape = {9, 8, 7};
  View view = view_in_memory(noise<uint16_t>(shape, 0, 1000), shape, VoxelType::u16);
  view.axis = {2, 0, 1};
  const Index3 origin = {1, 2, 3}, extent = {5, 6, 4};
  std::vector<float> voxels(static_cast<size_t>(voxels_of(extent)));
  read_block(view, origin, extent, voxels.data());
  const auto truth = histogram_of(voxels.data(), voxels_of(extent), 100, 900, 17, 1);
  for (int threads : {1, 4}) {
    const auto found = histogram_of(view, origin, extent, 100, 900, 17, threads);
    CHECK(found.counts == truth.counts && found.underflow == truth.underflow && found.overflow == truth.overflow);
  }
}

TEST("Otsu's threshold parts two peaks, also with empty bins around them") {
  std::vector<uint64_t> counts(100, 0);
  counts[20] = 50, counts[21] = 70, counts[60] = 10, counts[61] = 30;
  const Otsu found = otsu(counts);
  CHECK_EQUAL(found.bin, int64_t{21});
  CHECK(found.separability > 0.99 && found.separability <= 1);
  CHECK_NEAR(otsu(counts, -3, 0.5).separability, found.separability, 1e-12);
  CHECK_EQUAL(otsu({0, 0, 7, 0}).bin, int64_t{2});
  CHECK_EQUAL(otsu({0, 0, 7, 0}).separability, 0.0);
  CHECK_THROWS(std::invalid_argument, otsu({0, 0}));
  CHECK_THROWS(std::invalid_argument, otsu({}));
}

TEST("halving averages what is there") {
  const Index3 shape = {3, 4, 5};
  const auto in = noise<int16_t>(shape, -500, 500);
  const Index3 small = binned_shape(shape);
  CHECK((small == Index3{2, 2, 3}));
  const auto out = same_everywhere<int16_t>(voxels_of(small), [&](int16_t* to, int threads) { bin(in.data(), shape, 1, to, threads); });
  for (int64_t i = 0; i < voxels_of(small); ++i) {
    double sum = 0, n = 0;
    for (int64_t z = i / 6 * 2; z < std::min<int64_t>(3, i / 6 * 2 + 2); ++z)
      for (int64_t y = i / 3 % 2 * 2; y < i / 3 % 2 * 2 + 2; ++y)
        for (int64_t x = i % 3 * 2; x < std::min<int64_t>(5, i % 3 * 2 + 2); ++x) sum += in[(z * 4 + y) * 5 + x], ++n;
    CHECK_EQUAL(out[i], static_cast<int16_t>(std::floor(sum / n + 0.5)));
  }
  const std::vector<uint8_t> colour = {0, 255, 1, 255};  // one voxel of four channels
  std::vector<uint8_t> same(4);
  bin(colour.data(), {1, 1, 1}, 4, same.data(), 1);
  CHECK(same == colour);
  const std::vector<float> floats = {1, 2, 4};
  std::vector<float> means(2);
  bin(floats.data(), {1, 1, 3}, 1, means.data(), 1);
  CHECK(means[0] == 1.5f && means[1] == 4.0f);
}

TEST("distance is the least of all distances") {
  for (const Index3& shape : shapes) {
    if (voxels_of(shape) > 12000) continue;
    for (unsigned per_mille : {0u, 5u, 300u, 1000u}) {
      std::mt19937 random(5);
      std::vector<uint8_t> mask(static_cast<size_t>(voxels_of(shape)));
      for (uint8_t& voxel : mask) voxel = random() % 1000 < per_mille ? 0 : 200;
      const std::array<double, 3> spacing = {3.25, 1.625, 1};
      const auto out = same_everywhere<float>(voxels_of(shape), [&](float* to, int threads) { distance(mask.data(), shape, spacing, to, threads); });
      std::vector<int64_t> outside;
      for (int64_t i = 0; i < voxels_of(shape); ++i)
        if (mask[i] == 0) outside.push_back(i);
      for (int64_t i = 0; i < voxels_of(shape); i += 1 + voxels_of(shape) / 500) {
        double least = std::numeric_limits<double>::infinity();
        for (int64_t j : outside) {
          const double z = static_cast<double>(i / (shape[1] * shape[2]) - j / (shape[1] * shape[2])) * spacing[0];
          const double y = static_cast<double>(i / shape[2] % shape[1] - j / shape[2] % shape[1]) * spacing[1];
          const double x = static_cast<double>(i % shape[2] - j % shape[2]) * spacing[2];
          least = std::min(least, std::sqrt(z * z + y * y + x * x));
        }
        if (std::isinf(least)) CHECK(std::isinf(out[i]));
        else CHECK_NEAR(out[i], least, 1e-6 * (1 + least));
      }
    }
  }
  uint8_t mask = 1;
  float out = 0;
  CHECK_THROWS(std::invalid_argument, distance(&mask, {1, 1, 1}, {1, 0, 1}, &out, 1));
}

TEST("CRC-32C gives the published values, by table and by instruction, in parts") {
  const std::string digits = "123456789";
  const std::vector<uint8_t> zeros(32, 0), long_run = noise<uint8_t>({1, 1, 1003}, 0, 256);
  for (Instructions set : {Instructions::baseline, Instructions::avx2}) {
    limit_instructions(set);
    CHECK_EQUAL(crc32c(digits.data(), 9), 0xe3069283u);
    CHECK_EQUAL(crc32c(zeros.data(), 32), 0x8a9136aau);
    CHECK_EQUAL(crc32c(nullptr, 0), 0u);
    const uint32_t whole = crc32c(long_run.data(), 1003);
    for (size_t cut : {size_t{1}, size_t{7}, size_t{500}}) CHECK_EQUAL(crc32c(long_run.data() + cut, 1003 - cut, crc32c(long_run.data(), cut)), whole);
    limit_instructions(Instructions::avx2);
  }
}
