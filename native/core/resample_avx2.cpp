#if defined(__AVX2__)
#include "core/resample_kernel.h"
#endif
