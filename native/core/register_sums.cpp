#include "core/register_sums.h"

#include <algorithm>
#include <cmath>

#include "core/cpu.h"
#include "core/register_sums_kernel.h"

namespace tomolapse {

#if defined(__x86_64__)
namespace avx2 {
void add_row(const RegisterRow& row, int begin, int end, const RegisterScore& score, int motions, RegisterSums& sums);
void add_block(const RegisterRow& row, int begin, int end, const RegisterScore& score, int motions, RegisterBlock& block);
}
#endif

void add_row(const RegisterRow& row, int begin, int end, const RegisterScore& score, int motions, RegisterSums& sums) {
#if defined(__x86_64__)
  if (instructions() == Instructions::avx2) return avx2::add_row(row, begin, end, score, motions, sums);
#endif
  baseline::add_row(row, begin, end, score, motions, sums);
}

void add_block(const RegisterRow& row, int begin, int end, const RegisterScore& score, int motions, RegisterBlock& block) {
#if defined(__x86_64__)
  if (instructions() == Instructions::avx2) return avx2::add_block(row, begin, end, score, motions, block);
#endif
  baseline::add_block(row, begin, end, score, motions, block);
}

void RegisterBlock::add(const RegisterBlock& other) {
  for (int i = 0; i < 3; ++i)
    for (int k = 0; k < 3; ++k) shared[i][k] += other.shared[i][k];
  for (int i = 0; i < register_unknowns; ++i) right[i] += other.right[i];
  weight += other.weight;
  n += other.n;
}

void add_moments(const RegisterRow& row, const RegisterScore& score, RegisterSums& sums) {
  const double limit = 1 / (register_tukey * score.scale);
  for (int i = 0; i < row.count; ++i) {
    const double t = (row.moved[i] - (score.gain * row.grey[i] + score.offset)) * limit, rest = std::max(0.0, 1 - t * t);
    const double w = rest * rest, a = row.grey[i] - score.origin, b = row.moved[i] - score.origin;
    sums.weight += w;
    sums.a += w * a;
    sums.b += w * b;
    sums.aa += w * a * a;
    sums.bb += w * b * b;
    sums.ab += w * a * b;
  }
  sums.n += row.count;
}

void RegisterSums::add(const RegisterSums& other) {
  for (int i = 0; i < register_unknowns; ++i) {
    for (int k = 0; k < register_unknowns; ++k) {
      shared[i][k] += other.shared[i][k];
      own[i][k] += other.own[i][k];
    }
    right[i] += other.right[i];
  }
  weight += other.weight;
  n += other.n;
  a += other.a;
  b += other.b;
  aa += other.aa;
  bb += other.bb;
  ab += other.ab;
}

double RegisterSums::gain() const { return std::sqrt((bb - b * b / weight) / (aa - a * a / weight)); }

double RegisterSums::offset(double gain, double origin) const { return (b - gain * a) / weight + origin * (1 - gain); }

double RegisterSums::correlation() const {
  const double va = aa - a * a / weight, vb = bb - b * b / weight;
  return va > 0 && vb > 0 ? (ab - a * b / weight) / std::sqrt(va * vb) : 0;
}

}  // namespace tomolapse
