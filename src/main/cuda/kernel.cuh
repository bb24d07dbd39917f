// What every kernel file begins with.
//
// A kernel has one parameter: a struct of 8-byte fields (addresses, 64-bit integers, doubles), which the Java
// side writes as an array of longs. Memory shared by a thread block is dynamic, its size stated at the launch.
// Compiled with FATHOM_EMULATION, src/test/cuda/emulation.h takes the place of CUDA and runs the same kernels
// on the processor, thread by thread.
#pragma once

#ifdef FATHOM_EMULATION
#include "emulation.h"
#else
#define KERNEL(name, Arguments, threads) \
  extern "C" __global__ void __launch_bounds__(threads) name(const Arguments arguments)
#define SHARED(type, name)                 \
  extern __shared__ float4 shared_bytes[]; \
  type* name = reinterpret_cast<type*>(shared_bytes)
// Asks for the cache line at an address, without waiting.
#define PREFETCH(address) asm volatile("prefetch.global.L2 [%0];" ::"l"(address))
#endif
