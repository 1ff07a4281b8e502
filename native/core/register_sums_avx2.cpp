#if defined(__AVX2__)
#include "core/register_sums_kernel.h"
#endif
