// register_look.h for one instruction set; see lanes.h. Eight lanes in every one of them: two rows of four voxels.
#include "core/lanes.h"
#include "core/register_look.h"

namespace tomolapse {

namespace {

typedef float Four __attribute__((vector_size(16)));
typedef float AnyFour __attribute__((vector_size(16), aligned(4), may_alias));
TOMOLAPSE_INLINE Four four(const float* from) { return *reinterpret_cast<const AnyFour*>(from); }
TOMOLAPSE_INLINE Four lane(const Four& a, int k) { return Four{a[k], a[k], a[k], a[k]}; }

#if defined(__AVX2__)
typedef float Eight __attribute__((vector_size(32)));
TOMOLAPSE_INLINE Eight both(const Four& a, const Four& b) { return _mm256_set_m128(b, a); }
TOMOLAPSE_INLINE Four halves(const Eight& a) { return static_cast<Four>(_mm256_castps256_ps128(a)) + static_cast<Four>(_mm256_extractf128_ps(a, 1)); }
#else
struct Eight {
  Four a, b;
};
TOMOLAPSE_INLINE Eight operator+(const Eight& x, const Eight& y) { return {x.a + y.a, x.b + y.b}; }
TOMOLAPSE_INLINE Eight operator*(const Eight& x, const Eight& y) { return {x.a * y.a, x.b * y.b}; }
TOMOLAPSE_INLINE Eight operator*(float x, const Eight& y) { return {x * y.a, x * y.b}; }
TOMOLAPSE_INLINE Eight both(const Four& a, const Four& b) { return {a, b}; }
TOMOLAPSE_INLINE Four halves(const Eight& a) { return a.a + a.b; }
#endif

// Weights of the voxels at −1, 0, 1, 2 for the place t in [0, 1), and their derivatives by t.
TOMOLAPSE_INLINE Four weights_of(float t) {
  constexpr Four none = {1.0f / 6, 2.0f / 3, 1.0f / 6, 0}, one = {-0.5f, 0, 0.5f, 0}, two = {0.5f, -1, 0.5f, 0},
                 three = {-1.0f / 6, 0.5f, -0.5f, 1.0f / 6};
  return ((three * t + two) * t + one) * t + none;
}
TOMOLAPSE_INLINE Four slopes_of(float t) {
  constexpr Four one = {-0.5f, 0, 0.5f, 0}, two = {1, -2, 1, 0}, three = {-0.5f, 1.5f, -1.5f, 0.5f};
  return (three * t + two) * t + one;
}

template <bool sloping>
TOMOLAPSE_INLINE void look(const LookRow& row, const int32_t* u, int count, float* value, float* const* slope) {
  for (int i = 0; i < count; ++i) {
    float t[3];
    int64_t whole[3];
    for (int k = 0; k < 3; ++k) {
      const double at = row.first[k] + row.step[k] * u[i];
      whole[k] = static_cast<int64_t>(at);  // rounds down wherever it is inside
      t[k] = static_cast<float>(at - static_cast<double>(whole[k]));
    }
    const float* from = row.block + (whole[0] - 1) * row.stride_s + (whole[1] - 1) * row.stride_v + whole[2] - 1;
    // Rows lie too far apart for the processor to see what comes next.
    if (i % 4 == 0)
      for (int a = 0; a < 4; ++a)
        for (int b = 0; b < 4; ++b) __builtin_prefetch(from + row.ahead + a * row.stride_s + b * row.stride_v);
    const Four ws = weights_of(t[0]), wv = weights_of(t[1]), wu = weights_of(t[2]);
    const Eight low = both(lane(wv, 0), lane(wv, 1)), high = both(lane(wv, 2), lane(wv, 3));
    Eight low_v{}, high_v{};
    Four ds{};
    if constexpr (sloping) {
      const Four dv = slopes_of(t[1]);
      ds = slopes_of(t[0]);
      low_v = both(lane(dv, 0), lane(dv, 1));
      high_v = both(lane(dv, 2), lane(dv, 3));
    }
    Eight sum{}, along_s{}, along_v{};
#pragma GCC unroll 4
    for (int a = 0; a < 4; ++a) {
      const float* plane = from + a * row.stride_s;
      const Eight first = both(four(plane), four(plane + row.stride_v));
      const Eight second = both(four(plane + 2 * row.stride_v), four(plane + 3 * row.stride_v));
      const Eight across = low * first + high * second;
      sum = sum + ws[a] * across;
      if constexpr (sloping) {
        along_s = along_s + ds[a] * across;
        along_v = along_v + ws[a] * (low_v * first + high_v * second);
      }
    }
    const Four line = halves(sum), shown = wu * line;
    if constexpr (sloping) {
      const Four s = wu * halves(along_s), v = wu * halves(along_v), d = slopes_of(t[2]) * line;
      // Four sums of four lanes each.
      const Four a = Four{shown[0], s[0], shown[1], s[1]} + Four{shown[2], s[2], shown[3], s[3]};
      const Four b = Four{v[0], d[0], v[1], d[1]} + Four{v[2], d[2], v[3], d[3]};
      const Four all = Four{a[0], a[1], b[0], b[1]} + Four{a[2], a[3], b[2], b[3]};
      value[i] = all[0];
      for (int k = 0; k < 3; ++k) slope[k][i] = all[k + 1];
    } else {
      value[i] = (shown[0] + shown[2]) + (shown[1] + shown[3]);
    }
  }
}

}  // namespace

namespace TOMOLAPSE_KERNELS {
void look_along(const LookRow& row, const int32_t* u, int count, float* value, float* const* slope) {
  if (slope) look<true>(row, u, count, value, slope);
  else look<false>(row, u, count, value, slope);
}
}  // namespace TOMOLAPSE_KERNELS
}  // namespace tomolapse
