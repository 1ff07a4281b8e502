// Sums of register_sums.h for one instruction set; see lanes.h. Eight lanes in every one of them, so that sums over lanes
// have the same order.
#pragma once
#include "core/lanes.h"
#include "core/register_sums.h"

namespace tomolapse {

namespace {

constexpr int sum_lanes = 8;
typedef float Eight __attribute__((vector_size(sum_lanes * sizeof(float))));
typedef float AnyEight __attribute__((vector_size(sum_lanes * sizeof(float)), aligned(4), may_alias));
typedef int32_t EightInts __attribute__((vector_size(sum_lanes * sizeof(int32_t))));
typedef int32_t AnyEightInts __attribute__((vector_size(sum_lanes * sizeof(int32_t)), aligned(4), may_alias));

TOMOLAPSE_INLINE void load(const float* from, Eight& to) { to = *reinterpret_cast<const AnyEight*>(from); }

TOMOLAPSE_INLINE double total(const Eight& lanes) {
  double sum = 0;
  for (int l = 0; l < sum_lanes; ++l) sum += static_cast<double>(lanes[l]);
  return sum;
}

// A row's sums, lane by lane; entry (i, k) with i ≤ k of a symmetric matrix at its place in the upper triangle.
template <int unknowns>
struct LaneSums {
  Eight shared[unknowns * (unknowns + 1) / 2] = {}, own[unknowns * (unknowns + 1) / 2] = {}, right[unknowns] = {};
  Eight weight = {}, a = {}, b = {}, aa = {}, bb = {}, ab = {};
};

// Eight samples: their residuals and weights, and how each grey value changes with the unknowns, by the reference's gradient
// (own) and the moved scan's (other).
template <int motions>
struct Samples {
  Eight grey, moved, residual, weight, slope, own[8], other[8];

  inline __attribute__((always_inline)) Samples(const RegisterRow& row, int i, int end, const RegisterScore& score) {
    const float gain = static_cast<float>(score.gain), offset = static_cast<float>(score.offset);
    const float limit = static_cast<float>(1 / (register_tukey * score.scale));
    const EightInts steps = {0, 1, 2, 3, 4, 5, 6, 7};
    const Eight zero = {};
    load(row.grey + i, grey);
    load(row.moved + i, moved);
    residual = moved - (gain * grey + offset);
    const Eight t = residual * limit, rest = 1.0f - t * t;
    const EightInts counts = (rest > 0.0f) & (steps < end - i);
    weight = counts ? rest * rest : zero;
    slope = score.curvature ? (counts ? rest * (1.0f - 5.0f * (t * t)) : zero) : weight;
    const float s = static_cast<float>(row.s), v = static_cast<float>(row.v);
    const Eight u = __builtin_convertvector(*reinterpret_cast<const AnyEightInts*>(row.at + i), Eight) + static_cast<float>(row.u);
    for (int axis = 0; axis < 3; ++axis) {
      load(row.slope[axis] + i, own[axis]);
      own[axis] *= gain;
      load(row.moved_slope[axis] + i, other[axis]);
    }
    Eight* const both[2] = {own, other};
    for (Eight* to : both) {
      if constexpr (motions > 3) {  // d(w × r)/dw · g = r × g
        to[3] = v * to[2] - u * to[1];
        to[4] = u * to[0] - s * to[2];
        to[5] = s * to[1] - v * to[0];
      }
      if constexpr (motions > 6) to[6] = s * to[0] + v * to[1] + u * to[2];
      to[motions] = zero + 1.0f;
    }
  }
};

template <int motions>
void sum_row(const RegisterRow& row, int begin, int end, const RegisterScore& score, RegisterSums& sums) {
  constexpr int unknowns = motions + 1;  // and the offset
  LaneSums<unknowns> lane;
  const float origin = static_cast<float>(score.origin);
  for (int i = begin; i < end; i += sum_lanes) {
    const Samples<motions> x(row, i, end, score);
    const Eight weighted = x.weight * x.residual;
    int at = 0;
#pragma GCC unroll 8
    for (int p = 0; p < unknowns; ++p) {
      const Eight jp = x.slope * x.own[p], kp = x.slope * x.other[p];
#pragma GCC unroll 8
      for (int q = p; q < unknowns; ++q, ++at) {
        lane.own[at] += jp * x.own[q];
        lane.shared[at] += jp * x.other[q] + kp * x.own[q];
      }
      lane.right[p] += weighted * x.own[p];
    }
    const Eight a = x.grey - origin, b = x.moved - origin, wa = x.weight * a, wb = x.weight * b;
    lane.weight += x.weight;
    lane.a += wa;
    lane.b += wb;
    lane.aa += wa * a;
    lane.bb += wb * b;
    lane.ab += wa * b;
  }
  int at = 0;
  for (int p = 0; p < unknowns; ++p) {
    const int row_of = p == motions ? register_offset : p;
    for (int q = p; q < unknowns; ++q, ++at) {
      const int column = q == motions ? register_offset : q;
      const double own = total(lane.own[at]), shared = 0.5 * total(lane.shared[at]);
      sums.own[row_of][column] += own;
      sums.shared[row_of][column] += shared;
      if (p == q) continue;
      sums.own[column][row_of] += own;
      sums.shared[column][row_of] += shared;
    }
    sums.right[row_of] += total(lane.right[p]);
  }
  sums.weight += total(lane.weight);
  sums.a += total(lane.a);
  sums.b += total(lane.b);
  sums.aa += total(lane.aa);
  sums.bb += total(lane.bb);
  sums.ab += total(lane.ab);
  sums.n += end - begin;
}

template <int motions>
void sum_block(const RegisterRow& row, int begin, int end, const RegisterScore& score, RegisterBlock& block) {
  Eight shared[3][3] = {}, right[motions + 1] = {}, weight = {};
  for (int i = begin; i < end; i += sum_lanes) {
    const Samples<motions> x(row, i, end, score);
    const Eight weighted = x.weight * x.residual;
    for (int p = 0; p < 3; ++p)
      for (int q = p; q < 3; ++q) shared[p][q] += x.slope * (x.own[p] * x.other[q] + x.other[p] * x.own[q]);
    for (int p = 0; p <= motions; ++p) right[p] += weighted * x.own[p];
    weight += x.weight;
  }
  for (int p = 0; p < 3; ++p)
    for (int q = p; q < 3; ++q) {
      const double sum = 0.5 * total(shared[p][q]);
      block.shared[p][q] += sum;
      if (p != q) block.shared[q][p] += sum;
    }
  for (int p = 0; p <= motions; ++p) block.right[p == motions ? register_offset : p] += total(right[p]);
  block.weight += total(weight);
  block.n += end - begin;
}

}  // namespace

namespace TOMOLAPSE_KERNELS {
void add_row(const RegisterRow& row, int begin, int end, const RegisterScore& score, int motions, RegisterSums& sums) {
  if (motions == 3) sum_row<3>(row, begin, end, score, sums);
  else if (motions == 6) sum_row<6>(row, begin, end, score, sums);
  else sum_row<7>(row, begin, end, score, sums);
}
void add_block(const RegisterRow& row, int begin, int end, const RegisterScore& score, int motions, RegisterBlock& block) {
  if (motions == 3) sum_block<3>(row, begin, end, score, block);
  else if (motions == 6) sum_block<6>(row, begin, end, score, block);
  else sum_block<7>(row, begin, end, score, block);
}
}  // namespace TOMOLAPSE_KERNELS
}  // namespace tomolapse
