// What registration sums over the samples of one row: the slope of its score, its score and the moments of the grey values.
#pragma once
#include <cstdint>

namespace tomolapse {

// Shift 3, rotation 3, log scale, and the offset of the grey values last; a model uses some of them.
constexpr int register_unknowns = 8;
constexpr int register_offset = 7;
constexpr int register_row_most = 256;
constexpr double register_tukey = 4.685;  // 95 % efficiency on normal noise (Huber & Ronchetti 2009)

// Samples of one row of the reference (s and v fixed) that lie in the moved scan too: sample i stands at u + at[i]. Places
// count from the centre of rotation, gradients are along s, v, u of the reference's frame. Arrays may be read up to seven
// samples beyond the last.
struct RegisterRow {
  int count = 0;
  double s = 0, v = 0, u = 0;
  const int32_t* at = nullptr;
  const float *grey = nullptr, *slope[3] = {};
  alignas(32) float moved[register_row_most + 8], moved_slope[3][register_row_most + 8];
};

// How a row counts: residual = moved − (gain · grey + offset), Tukey's weight at `scale`.
struct RegisterScore {
  double gain = 1, offset = 0, scale = 1;
  double origin = 0;        // grey value that moments are taken about
  bool curvature = false;   // whether the slope is that of residual × weight rather than the weight
};

struct RegisterSums {
  // Slope of the score, symmetrised: the reference's gradient against the moved scan's. The two have their noise apart, so
  // where there is little texture the slope is small, while either gradient against itself would take the noise for texture.
  double shared[register_unknowns][register_unknowns] = {};
  double own[register_unknowns][register_unknowns] = {};  // the reference's gradient against itself
  double right[register_unknowns] = {};
  double weight = 0, n = 0;
  double a = 0, b = 0, aa = 0, bb = 0, ab = 0;  // weighted moments of reference and moved about the origin
  void add(const RegisterSums& other);
  double gain() const;
  double offset(double gain, double origin) const;
  double correlation() const;
};

// Adds the samples [begin, end) of a row for a model of `motions` unknowns (3: shift, 6: rigid, 7: similarity). Eight samples
// side by side whatever the instruction set: the same bytes everywhere.
void add_row(const RegisterRow& row, int begin, int end, const RegisterScore& score, int motions, RegisterSums& sums);

// What is needed of the samples of a small part of the region.
struct RegisterBlock {
  double shared[3][3] = {}, right[register_unknowns] = {}, weight = 0, n = 0;
  void add(const RegisterBlock& other);
};
void add_block(const RegisterRow& row, int begin, int end, const RegisterScore& score, int motions, RegisterBlock& block);

// Adds only weights and moments.
void add_moments(const RegisterRow& row, const RegisterScore& score, RegisterSums& sums);

}  // namespace tomolapse
