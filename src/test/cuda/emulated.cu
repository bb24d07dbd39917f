// Kernels that try the emulated GPU itself, most of them wrong in the way that their name says.
#include "kernel.cuh"

struct Work {
  float* data;
  double* doubles;
  long long count;  // of numbers, or an index
};

namespace {

__device__ __forceinline__ long long globalThread() {
  return static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
}

}  // namespace

KERNEL(doubled, Work, 256) {
  long long i = globalThread();
  if (i < arguments.count) {
    arguments.data[i] *= 2;
  }
}

KERNEL(reversedInBlocks, Work, 256) {
  SHARED(float, tile);
  unsigned t = threadIdx.x;
  tile[t] = arguments.data[globalThread()];
  __syncthreads();
  arguments.data[globalThread()] = tile[blockDim.x - 1 - t];
}

KERNEL(reversedWithoutBarrier, Work, 256) {
  SHARED(float, tile);
  unsigned t = threadIdx.x;
  tile[t] = arguments.data[globalThread()];
  arguments.data[globalThread()] = tile[blockDim.x - 1 - t];
}

KERNEL(reversedInWarps, Work, 256) {
  SHARED(float, tile);
  unsigned t = threadIdx.x;
  tile[t] = arguments.data[t];
  __syncwarp();
  arguments.data[t] = tile[t / 32 * 32 + 31 - t % 32];
}

// The sum of each block, in the block's place of doubles.
KERNEL(summed, Work, 256) {
  SHARED(double, sums);
  long long i = globalThread();
  double sum = i < arguments.count ? arguments.data[i] : 0;
  for (int lanes = 16; lanes > 0; lanes /= 2) {
    sum += __shfl_xor_sync(0xffffffff, sum, lanes);
  }
  if (threadIdx.x % 32 == 0) {
    sums[threadIdx.x / 32] = sum;
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    for (unsigned warp = 1; warp < blockDim.x / 32; ++warp) {
      sum += sums[warp];
    }
    arguments.doubles[blockIdx.x] = sum;
  }
}

// One warp: what __shfl_down_sync, __shfl_up_sync and __shfl_sync by eights give of the lane's number, and a ballot.
KERNEL(shuffled, Work, 32) {
  int lane = static_cast<int>(threadIdx.x);
  arguments.data[lane] = static_cast<float>(__shfl_down_sync(0xffffffff, lane, 3));
  arguments.data[32 + lane] = __shfl_up_sync(0xffffffff, static_cast<float>(lane), 3);
  arguments.data[64 + lane] = static_cast<float>(__shfl_sync(0xffffffff, lane, 2, 8));
  arguments.data[96 + lane] = static_cast<float>(__ballot_sync(0xffffffff, lane % 16 == 1));
}

KERNEL(barrierOfSome, Work, 256) {
  if (threadIdx.x < 10) {
    __syncthreads();
  }
  arguments.data[threadIdx.x] = 1;
}

KERNEL(barrierAndShuffle, Work, 256) {
  if (threadIdx.x == 5) {
    __syncthreads();
  } else {
    arguments.data[threadIdx.x] = __shfl_xor_sync(0xffffffff, 1.0f, 1);
  }
}

// When a block's turn came, in the order of blocks.
KERNEL(turns, Work, 1) { arguments.data[1 + blockIdx.x] = atomicAdd(arguments.data, 1.0f); }

KERNEL(writesAt, Work, 1) { arguments.data[arguments.count] = 1; }

KERNEL(readsAt, Work, 1) { arguments.doubles[0] = arguments.data[arguments.count]; }

KERNEL(writesSharedAt, Work, 1) {
  SHARED(float, tile);
  tile[arguments.count] = 1;
}

KERNEL(readsWhatAnotherBlockWrites, Work, 1) {
  arguments.data[blockIdx.x] = 1 + arguments.data[(blockIdx.x + 1) % gridDim.x];
}

KERNEL(loadsFour, Work, 1) {
  const float4 four = *reinterpret_cast<const float4*>(arguments.data + arguments.count);
  arguments.doubles[0] = four.x + four.y + four.z + four.w;
}

KERNEL(overflows, Work, 1) {
  int index = static_cast<int>(arguments.count);
  arguments.doubles[0] = index * index;
}

KERNEL(where, Work, 64) {
  unsigned t = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  unsigned b = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  arguments.data[b * blockDim.x * blockDim.y * blockDim.z + t] = static_cast<float>(1000 * b + t);
}
