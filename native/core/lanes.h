// Vectors as wide as the instruction set this file is compiled for. Kernels written with them are compiled twice (NAME.cpp,
// NAME_avx2.cpp) and give the same bytes: each lane does the same operations in the same order.
// Include only from kernels. Everything here is local to its file, so that no AVX2 code leaks into the rest of the program.
#pragma once
#include <cstdint>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__AVX2__)
#define TOMOLAPSE_KERNELS avx2
#define TOMOLAPSE_VECTOR_BYTES 32
#else
#define TOMOLAPSE_KERNELS baseline
#define TOMOLAPSE_VECTOR_BYTES 16
#endif
#define TOMOLAPSE_INLINE static inline __attribute__((always_inline))

namespace tomolapse {
namespace {

typedef float Floats __attribute__((vector_size(TOMOLAPSE_VECTOR_BYTES)));
typedef float AnyFloats __attribute__((vector_size(TOMOLAPSE_VECTOR_BYTES), aligned(4), may_alias));
typedef int32_t Ints __attribute__((vector_size(TOMOLAPSE_VECTOR_BYTES)));
typedef int32_t AnyInts __attribute__((vector_size(TOMOLAPSE_VECTOR_BYTES), aligned(4), may_alias));
typedef int16_t Shorts __attribute__((vector_size(TOMOLAPSE_VECTOR_BYTES)));
typedef uint16_t UnsignedShorts __attribute__((vector_size(TOMOLAPSE_VECTOR_BYTES)));
typedef int16_t AnyShorts __attribute__((vector_size(TOMOLAPSE_VECTOR_BYTES), aligned(2), may_alias));

constexpr int float_lanes = TOMOLAPSE_VECTOR_BYTES / 4;
constexpr int short_lanes = TOMOLAPSE_VECTOR_BYTES / 2;

TOMOLAPSE_INLINE Floats load(const float* from) { return *reinterpret_cast<const AnyFloats*>(from); }
TOMOLAPSE_INLINE Ints load(const int32_t* from) { return *reinterpret_cast<const AnyInts*>(from); }
TOMOLAPSE_INLINE Shorts load(const int16_t* from) { return *reinterpret_cast<const AnyShorts*>(from); }
TOMOLAPSE_INLINE void store(float* to, Floats value) { *reinterpret_cast<AnyFloats*>(to) = value; }
TOMOLAPSE_INLINE void store(int16_t* to, Shorts value) { *reinterpret_cast<AnyShorts*>(to) = value; }

// Whether any lane of a comparison is true.
template <class Mask>
TOMOLAPSE_INLINE bool any(Mask mask) {
#if defined(__AVX2__)
  return _mm256_movemask_epi8(reinterpret_cast<__m256i>(mask)) != 0;
#elif defined(__x86_64__)
  return _mm_movemask_epi8(reinterpret_cast<__m128i>(mask)) != 0;
#else
  bool found = false;
  for (unsigned i = 0; i < sizeof(mask) / sizeof(mask[0]); ++i) found |= mask[i] != 0;
  return found;
#endif
}

}  // namespace
}  // namespace tomolapse
