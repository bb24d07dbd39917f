// What has to happen to arrays between the products: transposes, norms, sums of squares.

#include "kernel.cuh"

namespace {

constexpr int THREADS = 256;
constexpr int TILE = 32;

// to [C, R] = from [R, C]^T for many matrices, which lie one after another.
template <typename T>
struct Transposition {
  const T* from;
  T* to;
  long long rows;     // R
  long long columns;  // C
};

template <typename T>
__device__ __forceinline__ void transpose(const Transposition<T>& work) {
  SHARED(T, tile);  // [TILE, TILE + 1]
  const long long tilesAcross = (work.columns + TILE - 1) / TILE;
  const long long tilesDown = (work.rows + TILE - 1) / TILE;
  const long long matrix = blockIdx.x / (tilesAcross * tilesDown);
  const long long tileOfMatrix = blockIdx.x % (tilesAcross * tilesDown);
  const long long firstRow = tileOfMatrix / tilesAcross * TILE;
  const long long firstColumn = tileOfMatrix % tilesAcross * TILE;
  const T* from = work.from + matrix * work.rows * work.columns;
  T* to = work.to + matrix * work.rows * work.columns;
  const int across = threadIdx.x % TILE;
  for (int down = threadIdx.x / TILE; down < TILE; down += THREADS / TILE) {
    if (firstRow + down < work.rows && firstColumn + across < work.columns) {
      tile[down * (TILE + 1) + across] = from[(firstRow + down) * work.columns + firstColumn + across];
    }
  }
  __syncthreads();
  for (int down = threadIdx.x / TILE; down < TILE; down += THREADS / TILE) {
    if (firstColumn + down < work.columns && firstRow + across < work.rows) {
      to[(firstColumn + down) * work.rows + firstRow + across] = tile[across * (TILE + 1) + down];
    }
  }
}

// Between minibatches as the framework stores them, [N, D], and as the kernels do, [D, N'], N' >= N. On the way
// to the kernels the columns from N on become 0.
template <typename T>
struct Relayout {
  const T* from;
  T* to;
  long long examples;  // N
  long long padded;    // N'
  long long width;     // D
};

template <typename T>
__device__ __forceinline__ void toColumns(const Relayout<T>& work) {
  const long long at = static_cast<long long>(blockIdx.x) * THREADS + threadIdx.x;
  if (at < work.padded * work.width) {
    const long long d = at / work.padded;
    const long long n = at % work.padded;
    work.to[at] = n < work.examples ? work.from[n * work.width + d] : T(0);
  }
}

template <typename T>
__device__ __forceinline__ void toRows(const Relayout<T>& work) {
  const long long at = static_cast<long long>(blockIdx.x) * THREADS + threadIdx.x;
  if (at < work.examples * work.width) {
    const long long n = at / work.width;
    const long long d = at % work.width;
    work.to[at] = work.from[d * work.padded + n];
  }
}

// The sum of all threads' numbers in one order, for all threads; the largest likewise.
__device__ __forceinline__ double reduce(double own, bool largest, double* shared) {
  __syncthreads();
  shared[threadIdx.x] = own;
  __syncthreads();
  for (int half = THREADS / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) {
      const double other = shared[threadIdx.x + half];
      const double mine = shared[threadIdx.x];
      shared[threadIdx.x] = largest ? (other > mine ? other : mine) : mine + other;
    }
    __syncthreads();
  }
  return shared[0];
}

// The norm of a minibatch, [D, N']: infinite only if an entry is, NaN if one is and none is infinite. One thread
// block: norms are read at a few blocks of the network, at a few iterations.
template <typename T>
struct Norm {
  const T* stream;
  double* norm;
  long long examples;  // N
  long long padded;    // N'
  long long width;     // D
};

template <typename T>
__device__ __forceinline__ void normOf(const Norm<T>& work) {
  SHARED(double, shared);
  const T* stream = work.stream;
  const long long count = work.width * work.examples;
  double largest = 0;
  double undefined = 0;
  for (long long i = threadIdx.x; i < count; i += THREADS) {
    const double size = fabs(static_cast<double>(stream[i / work.examples * work.padded + i % work.examples]));
    largest = size > largest ? size : largest;
    undefined = size != size ? 1 : undefined;
  }
  largest = reduce(largest, true, shared);
  undefined = reduce(undefined, true, shared);
  double sum = 0;
  const bool plain = largest > 0 && !isinf(largest) && undefined == 0;
  if (plain) {
    for (long long i = threadIdx.x; i < count; i += THREADS) {
      const double scaled = stream[i / work.examples * work.padded + i % work.examples] / largest;
      sum += scaled * scaled;
    }
  }
  sum = reduce(sum, false, shared);
  if (threadIdx.x == 0) {
    const double most = 1.7976931348623157e308;
    double norm = largest;  // 0 or infinite
    if (plain) {
      norm = largest * sqrt(sum);
      norm = norm > most ? most : norm;
    } else if (undefined != 0 && !isinf(largest)) {
      norm = nan("");
    }
    *work.norm = norm;
  }
}

// Sums of squares of the shares of all thread blocks; whoever asked adds them up.
template <typename T>
struct Squares {
  const T* numbers;
  double* sums;  // one a thread block
  long long count;
};

template <typename T>
__device__ __forceinline__ void sumOfSquares(const Squares<T>& work) {
  SHARED(double, shared);
  const long long stride = static_cast<long long>(gridDim.x) * THREADS;
  double sum = 0;
  for (long long i = static_cast<long long>(blockIdx.x) * THREADS + threadIdx.x; i < work.count; i += stride) {
    const double x = work.numbers[i];
    sum += x * x;
  }
  sum = reduce(sum, false, shared);
  if (threadIdx.x == 0) {
    work.sums[blockIdx.x] = sum;
  }
}

}  // namespace

KERNEL(transpose_float, Transposition<float>, THREADS) { transpose(arguments); }
KERNEL(transpose_double, Transposition<double>, THREADS) { transpose(arguments); }
KERNEL(to_columns_float, Relayout<float>, THREADS) { toColumns(arguments); }
KERNEL(to_columns_double, Relayout<double>, THREADS) { toColumns(arguments); }
KERNEL(to_rows_float, Relayout<float>, THREADS) { toRows(arguments); }
KERNEL(to_rows_double, Relayout<double>, THREADS) { toRows(arguments); }
KERNEL(norm_float, Norm<float>, THREADS) { normOf(arguments); }
KERNEL(norm_double, Norm<double>, THREADS) { normOf(arguments); }
KERNEL(sum_of_squares_float, Squares<float>, THREADS) { sumOfSquares(arguments); }
KERNEL(sum_of_squares_double, Squares<double>, THREADS) { sumOfSquares(arguments); }
