// One row of resample.h for one instruction set; see lanes.h.
#include "core/lanes.h"
#include "core/resample_row.h"

namespace tomolapse {
namespace {

typedef double Doubles __attribute__((vector_size(32)));
typedef int32_t FourInts __attribute__((vector_size(16)));
typedef float FourFloats __attribute__((vector_size(16)));
typedef int32_t AnyFourInts __attribute__((vector_size(16), aligned(4), may_alias));
typedef float AnyFourFloats __attribute__((vector_size(16), aligned(4), may_alias));

struct Weights {
  Floats w[4];
};

template <bool spline>
TOMOLAPSE_INLINE Weights weights_at(Floats t) {
  const Floats t2 = t * t, t3 = t2 * t;
  if (spline) {
    const Floats r = 1.0f - t;
    return {{r * r * r * (1.0f / 6), t3 * 0.5f - t2 + (2.0f / 3), (t2 + t - t3) * 0.5f + (1.0f / 6), t3 * (1.0f / 6)}};
  }
  return {{t2 - 0.5f * (t3 + t), 1.5f * t3 - 2.5f * t2 + 1.0f, 2.0f * t2 - 1.5f * t3 + 0.5f * t, 0.5f * (t3 - t2)}};
}

TOMOLAPSE_INLINE Floats weigh(const float* from, int64_t stride_s, int64_t stride_v, const Weights& s, const Weights& v,
                              const Weights& u) {
  Floats sum = {};
  for (int a = 0; a < 4; ++a) {
    Floats plane = {};
    for (int b = 0; b < 4; ++b) {
      const float* row = from + a * stride_s + b * stride_v;
      const Floats line = (u.w[0] * load(row) + u.w[1] * load(row + 1)) + (u.w[2] * load(row + 2) + u.w[3] * load(row + 3));
      plane += v.w[b] * line;
    }
    sum += s.w[a] * plane;
  }
  return sum;
}

template <bool spline>
TOMOLAPSE_INLINE void row_of(const ResampleRow& row) {
  constexpr int most = resample_row_most;
  // Fractions of the position along each axis, and where the first of the 4 × 4 × 4 voxels lies, less i: along a row of
  // a nearly unrotated grid this address stays the same over many outputs, and then neighbours share unaligned loads.
  float fraction[3][most + float_lanes];
  int32_t address[most + float_lanes];
  for (int i = 0; i < row.count + 3; ++i) address[i] = -i;
  for (int axis = 0; axis < 3; ++axis) {
    const double start = row.start[axis], step = row.step[axis];
    const double first = static_cast<double>(row.first), high = static_cast<double>(row.source_shape[axis]) - 0.5;
    constexpr double bias = 65536;  // makes truncation a floor
    const int32_t stride = axis < 2 ? static_cast<int32_t>(row.box_stride[axis]) : 1;
    const int32_t origin = static_cast<int32_t>(row.box_origin[axis]) + 65536 + 1;
    float* part = fraction[axis];
    const Doubles counted = {0, 1, 2, 3};
    auto place = [&](int i, Doubles at, Doubles inside) {
      const Doubles biased = inside + bias;
      const FourInts whole = __builtin_convertvector(biased, FourInts);
      // Not a number outside: it spreads to the result.
      const Doubles t = inside == at ? biased - __builtin_convertvector(whole, Doubles) : Doubles{} + __builtin_nan("");
      *reinterpret_cast<AnyFourFloats*>(part + i) = __builtin_convertvector(t, FourFloats);
      *reinterpret_cast<AnyFourInts*>(address + i) += (whole - origin) * stride;
    };
    const double one_end = start + step * first, other_end = start + step * (first + (row.count + 3));
    if (one_end >= -0.5 && one_end <= high && other_end >= -0.5 && other_end <= high) {
      for (int i = 0; i < row.count; i += 4) {
        const Doubles at = start + step * (first + i + counted);
        place(i, at, at);
      }
    } else {
      for (int i = 0; i < row.count; i += 4) {
        const Doubles at = start + step * (first + i + counted);
        const Doubles above = at < -0.5 ? Doubles{} - 0.5 : at;
        place(i, at, above > high ? Doubles{} + high : above);
      }
    }
  }
  const int padded = (row.count + float_lanes - 1) / float_lanes * float_lanes;
  for (int i = row.count; i < padded; ++i) {
    address[i] = address[row.count - 1];
    for (auto& part : fraction) part[i] = part[row.count - 1];
  }
  for (int i = 0; i < padded; i += float_lanes) {
    const Weights s = weights_at<spline>(load(fraction[0] + i)), v = weights_at<spline>(load(fraction[1] + i)),
                  u = weights_at<spline>(load(fraction[2] + i));
    const float* box = row.box + i;
    Floats value = weigh(box + address[i], row.box_stride[0], row.box_stride[1], s, v, u);
    const Ints addresses = load(address + i);
    if (any(addresses != address[i])) {
      for (int lane = 1; lane < float_lanes; ++lane) {
        const int32_t other = address[i + lane];
        if (other == address[i + lane - 1]) continue;
        const Floats there = weigh(box + other, row.box_stride[0], row.box_stride[1], s, v, u);
        value = (addresses == other) ? there : value;
      }
    }
    if (i + float_lanes <= row.count) {
      store(row.out + i, value);
    } else {
      for (int lane = 0; i + lane < row.count; ++lane) row.out[i + lane] = value[lane];
    }
  }
}

}  // namespace

namespace TOMOLAPSE_KERNELS {
void resample_row(const ResampleRow& row) {
  if (row.spline) {
    row_of<true>(row);
  } else {
    row_of<false>(row);
  }
}
}  // namespace TOMOLAPSE_KERNELS
}  // namespace tomolapse
