#if defined(__AVX2__)
#include "core/register_look_kernel.h"
#endif
