// What a kernel file sees of CUDA when it is compiled for the emulated GPU: built-in variables, intrinsics, and
// the macros of kernel.cuh. machine.cpp runs what is defined with them.
//
// Every access to memory, barrier and exchange between lanes is looked at, and ends the launch with a message
// where a GPU would do something undefined: machine.h says what. Arithmetic is the processor's, single or double
// as written; nvcc may contract a·b + c, this never does.
#pragma once

#include <cfloat>
#include <climits>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};

struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) double2 {
  double x, y;
};
struct alignas(8) int2 {
  int x, y;
};
struct alignas(16) int4 {
  int x, y, z, w;
};

inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline double2 make_double2(double x, double y) { return {x, y}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }

namespace emulation {

// A kernel by its name; made at load time by KERNEL.
struct Kernel {
  const char* name;
  size_t argumentBytes;
  unsigned maxThreads;
  void (*run)(const void* arguments);

  Kernel(const char* name, size_t argumentBytes, unsigned maxThreads, void (*run)(const void*));
};

[[gnu::pure]] void* sharedMemory();

void blockBarrier();

enum class Exchange { SHUFFLE, BALLOT, SYNC };

// Waits for the lanes of the mask; gives the source lane's value, or for BALLOT the lanes whose value is not 0.
uint64_t exchange(Exchange kind, unsigned mask, uint64_t value, unsigned source);

unsigned lane();

// Checked as to where they go; they race with nothing.
uint64_t readAtomically(const void* address, size_t bytes);
void writeAtomically(void* address, uint64_t value, size_t bytes);

template <typename T>
uint64_t toBits(T value) {
  uint64_t bits = 0;
  memcpy(&bits, &value, sizeof(T));
  return bits;
}

template <typename T>
T fromBits(uint64_t bits) {
  T value;
  memcpy(&value, &bits, sizeof(T));
  return value;
}

template <typename T>
T shuffle(unsigned mask, T value, unsigned source) {
  static_assert(std::is_arithmetic_v<T> && sizeof(T) >= 4, "CUDA shuffles numbers of 4 or 8 bytes");
  return fromBits<T>(exchange(Exchange::SHUFFLE, mask, toBits(value), source));
}

template <typename T>
T atomically(T* address, T (*change)(T, T), T operand) {
  T old = fromBits<T>(readAtomically(address, sizeof(T)));
  writeAtomically(address, toBits(change(old, operand)), sizeof(T));
  return old;
}

}  // namespace emulation

extern dim3 threadIdx, blockIdx, blockDim, gridDim;
constexpr int warpSize = 32;

#define KERNEL(name, Arguments, threads)                                                               \
  static_assert(sizeof(Arguments) % 8 == 0 && alignof(Arguments) == 8, "fields of 8 bytes each");       \
  static_assert(std::is_trivially_copyable_v<Arguments>, "the driver copies arguments as bytes");       \
  static void name(const Arguments arguments);                                                         \
  static const emulation::Kernel name##_kernel(                                                        \
      #name, sizeof(Arguments), threads,                                                               \
      [](const void* bytes) { name(*static_cast<const Arguments*>(bytes)); });                         \
  static void name(const Arguments arguments)

#define SHARED(type, name) type* name = static_cast<type*>(emulation::sharedMemory())

#define PREFETCH(address) static_cast<void>(address)

// Barriers and exchanges between the lanes of a warp.

inline void __syncthreads() { emulation::blockBarrier(); }

inline void __syncwarp(unsigned mask = 0xffffffff) {
  emulation::exchange(emulation::Exchange::SYNC, mask, 0, emulation::lane());
}

template <typename T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
  unsigned segment = emulation::lane() & ~(width - 1u);
  return emulation::shuffle(mask, value, segment | (source & (width - 1u)));
}

template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32) {
  unsigned own = emulation::lane(), source = own ^ lanes;
  return emulation::shuffle(mask, value, source < (own & ~(width - 1u)) + width ? source : own);
}

template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned lanes, int width = 32) {
  unsigned own = emulation::lane(), source = own + lanes;
  return emulation::shuffle(mask, value, source < (own & ~(width - 1u)) + width ? source : own);
}

template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned lanes, int width = 32) {
  unsigned own = emulation::lane();
  return emulation::shuffle(mask, value, own - (own & ~(width - 1u)) >= lanes ? own - lanes : own);
}

inline unsigned __ballot_sync(unsigned mask, int predicate) {
  return static_cast<unsigned>(emulation::exchange(emulation::Exchange::BALLOT, mask, predicate != 0, 0));
}
inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, !predicate) == 0; }

inline void __threadfence() {}
inline void __threadfence_block() {}

// Memory.

template <typename T> T __ldg(const T* address) { return *address; }
template <typename T> T __ldca(const T* address) { return *address; }
template <typename T> T __ldcg(const T* address) { return *address; }
template <typename T> T __ldcs(const T* address) { return *address; }
template <typename T> T __ldlu(const T* address) { return *address; }
template <typename T> T __ldcv(const T* address) { return *address; }
template <typename T> void __stwb(T* address, T value) { *address = value; }
template <typename T> void __stcg(T* address, T value) { *address = value; }
template <typename T> void __stcs(T* address, T value) { *address = value; }
template <typename T> void __stwt(T* address, T value) { *address = value; }

#define FATHOM_ATOMIC(type)                                                                              \
  inline type atomicAdd(type* address, type value) {                                                     \
    return emulation::atomically<type>(address, [](type old, type v) -> type { return old + v; }, value); \
  }                                                                                                      \
  inline type atomicExch(type* address, type value) {                                                    \
    return emulation::atomically<type>(address, [](type, type v) -> type { return v; }, value);           \
  }
FATHOM_ATOMIC(int)
FATHOM_ATOMIC(unsigned)
FATHOM_ATOMIC(unsigned long long)
FATHOM_ATOMIC(float)
FATHOM_ATOMIC(double)
#undef FATHOM_ATOMIC

// Arithmetic, rounded to the nearest as written.

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __frcp_rn(float a) { return 1 / a; }
inline float __fsqrt_rn(float a) { return std::sqrt(a); }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dsub_rn(double a, double b) { return a - b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __drcp_rn(double a) { return 1 / a; }
inline double __dsqrt_rn(double a) { return std::sqrt(a); }
inline double __fma_rn(double a, double b, double c) { return std::fma(a, b, c); }

inline float rsqrtf(float a) { return 1 / std::sqrt(a); }
inline double rsqrt(double a) { return 1 / std::sqrt(a); }
// The GPU's are faster and less exact.
inline float __expf(float a) { return std::exp(a); }
inline float __logf(float a) { return std::log(a); }
inline float __fdividef(float a, float b) { return a / b; }

inline float __int_as_float(int bits) { float f; memcpy(&f, &bits, 4); return f; }
inline int __float_as_int(float f) { int bits; memcpy(&bits, &f, 4); return bits; }
inline float __uint_as_float(unsigned bits) { float f; memcpy(&f, &bits, 4); return f; }
inline unsigned __float_as_uint(float f) { unsigned bits; memcpy(&bits, &f, 4); return bits; }
inline double __longlong_as_double(long long bits) { double d; memcpy(&d, &bits, 8); return d; }
inline long long __double_as_longlong(double d) { long long bits; memcpy(&bits, &d, 8); return bits; }

using std::isfinite;
using std::isinf;
using std::isnan;

#define FATHOM_MIN_MAX(type)                                \
  inline type min(type a, type b) { return b < a ? b : a; } \
  inline type max(type a, type b) { return a < b ? b : a; }
FATHOM_MIN_MAX(int)
FATHOM_MIN_MAX(unsigned)
FATHOM_MIN_MAX(long)
FATHOM_MIN_MAX(unsigned long)
FATHOM_MIN_MAX(long long)
FATHOM_MIN_MAX(unsigned long long)
#undef FATHOM_MIN_MAX
// A NaN gives way to a number, as on the GPU.
inline float min(float a, float b) { return std::fmin(a, b); }
inline float max(float a, float b) { return std::fmax(a, b); }
inline double min(double a, double b) { return std::fmin(a, b); }
inline double max(double a, double b) { return std::fmax(a, b); }
