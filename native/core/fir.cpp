#include "core/fir.h"

#include "core/cpu.h"
#include "core/fir_kernel.h"

namespace tomolapse {

#if defined(__x86_64__)
namespace avx2 {
void filter_across(const float* const* rows, const float* weight, int radius, int64_t count, float* out);
void filter_along(const float* row, const float* weight, int radius, int64_t count, float* out);
}  // namespace avx2
#endif

void filter_across(const float* const* rows, const float* weight, int radius, int64_t count, float* out) {
#if defined(__x86_64__)
  if (instructions() == Instructions::avx2) return avx2::filter_across(rows, weight, radius, count, out);
#endif
  baseline::filter_across(rows, weight, radius, count, out);
}

void filter_along(const float* row, const float* weight, int radius, int64_t count, float* out) {
#if defined(__x86_64__)
  if (instructions() == Instructions::avx2) return avx2::filter_along(row, weight, radius, count, out);
#endif
  baseline::filter_along(row, weight, radius, count, out);
}

}  // namespace tomolapse
