#if defined(__AVX2__)
#include "core/fir_kernel.h"
#endif
