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

template <int motions>
void sum_row(const RegisterRow& row, int begin, int end, const RegisterScore& score, RegisterSums& sums) {
  constexpr int unknowns = motions + 1;  // and the offset
  LaneSums<unknowns> lane;
  const float gain = static_cast<float>(score.gain), offset = static_cast<float>(score.offset), origin = static_cast<float>(score.origin);
  const float limit = static_cast<float>(1 / (register_tukey * score.scale));
  const float s = static_cast<float>(row.s), v = static_cast<float>(row.v);
  const EightInts steps = {0, 1, 2, 3, 4, 5, 6, 7};
  const Eight zero = {};
  for (int i = begin; i < end; i += sum_lanes) {
    Eight grey, moved, u;
    load(row.grey + i, grey);
    load(row.moved + i, moved);
    load(row.u + i, u);
    const Eight residual = moved - (gain * grey + offset), t = residual * limit, rest = 1.0f - t * t;
    const EightInts counts = (rest > 0.0f) & (steps < end - i);
    const Eight weight = counts ? rest * rest : zero;
    const Eight slope = score.curvature ? (counts ? rest * (1.0f - 5.0f * (t * t)) : zero) : weight;
    Eight j[8], k[8];
    auto jacobian = [&](const float (&from)[3][register_row_most + 8], float factor, Eight* to) {
      for (int axis = 0; axis < 3; ++axis) {
        load(from[axis] + i, to[axis]);
        to[axis] *= factor;
      }
      if constexpr (motions > 3) {  // d(w × r)/dw · g = r × g
        to[3] = v * to[2] - u * to[1];
        to[4] = u * to[0] - s * to[2];
        to[5] = s * to[1] - v * to[0];
      }
      if constexpr (motions > 6) to[6] = s * to[0] + v * to[1] + u * to[2];
      to[motions] = zero + 1.0f;
    };
    jacobian(row.slope, gain, j);
    jacobian(row.moved_slope, 1, k);
    const Eight weighted = weight * residual;
    int at = 0;
#pragma GCC unroll 8
    for (int p = 0; p < unknowns; ++p) {
      const Eight jp = slope * j[p], kp = slope * k[p];
#pragma GCC unroll 8
      for (int q = p; q < unknowns; ++q, ++at) {
        lane.own[at] += jp * j[q];
        lane.shared[at] += jp * k[q] + kp * j[q];
      }
      lane.right[p] += weighted * j[p];
    }
    const Eight a = grey - origin, b = moved - origin, wa = weight * a, wb = weight * b;
    lane.weight += weight;
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

}  // namespace

namespace TOMOLAPSE_KERNELS {
void add_row(const RegisterRow& row, int begin, int end, const RegisterScore& score, int motions, RegisterSums& sums) {
  if (motions == 3) sum_row<3>(row, begin, end, score, sums);
  else if (motions == 6) sum_row<6>(row, begin, end, score, sums);
  else sum_row<7>(row, begin, end, score, sums);
}
}  // namespace TOMOLAPSE_KERNELS
}  // namespace tomolapse
