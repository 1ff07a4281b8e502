#if defined(__AVX2__)
#include "core/median_kernel.h"
#endif
