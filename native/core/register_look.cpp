#include "core/register_look.h"

#include "core/cpu.h"
#include "core/register_look_kernel.h"

namespace tomolapse {

#if defined(__x86_64__)
namespace avx2 {
void look_along(const LookRow& row, const int32_t* u, int count, float* value, float* const* slope);
}
#endif

void look_along(const LookRow& row, const int32_t* u, int count, float* value, float* const* slope) {
#if defined(__x86_64__)
  if (instructions() == Instructions::avx2) return avx2::look_along(row, u, count, value, slope);
#endif
  baseline::look_along(row, u, count, value, slope);
}

}  // namespace tomolapse
