// One product of one block a launch: any width, single and double precision. Slow at depth, where launches are
// what takes the time; for widths that no march serves.
//
//   hidden             y = sigma((x + b1) W + b2)
//   stream             y = added + alpha (x + b3) W
//   hidden gradient    y = alpha x W * sigma'(added)
//   stream gradient    y = added + x W
//
// Shapes: W [K, C], last index fastest; x [K, N'], added and y [C, N'], examples fastest, N' a multiple of eight.
// A thread block makes 64 columns of 64 examples, a thread 4 of 4.

#include "activation.cuh"
#include "branch.cuh"
#include "kernel.cuh"

namespace {

constexpr int TILE = 64;
constexpr int STEP = 16;
constexpr int EACH = 4;
constexpr int THREADS = (TILE / EACH) * (TILE / EACH);

enum Mode { HIDDEN, STREAM, HIDDEN_GRADIENT, STREAM_GRADIENT };

template <typename T>
struct LayerProduct {
  const T* weights;
  const T* x;
  const T* added;  // what y is added to; h for the hidden gradient; may be y
  T* y;
  const T* scalars;  // of all blocks
  long long scalarsPerBlock;
  long long layer;
  long long rows;      // K
  long long columns;   // C
  long long examples;  // N'
  long long activation;
  long long mode;
};

template <typename T>
__device__ __forceinline__ void multiplyTile(const LayerProduct<T>& product) {
  SHARED(T, shared);
  T* w = shared;                // [STEP, TILE]
  T* x = shared + STEP * TILE;  // [STEP, TILE]
  T* tile = shared;             // [TILE, TILE], after them in time
  const int thread = threadIdx.x;
  const long long firstColumn = static_cast<long long>(blockIdx.y) * TILE;
  const long long firstExample = static_cast<long long>(blockIdx.x) * TILE;
  const int mode = static_cast<int>(product.mode);
  const int activation = static_cast<int>(product.activation);
  const Branch<T> branch = Branch<T>::of(product.scalars, product.scalarsPerBlock, product.layer);
  const T shift = mode == HIDDEN ? branch.b1 : mode == STREAM ? branch.b3 : T(0);

  T sums[EACH][EACH];
  for (int i = 0; i < EACH; i++) {
    for (int j = 0; j < EACH; j++) {
      sums[i][j] = 0;
    }
  }
  const int ownColumn = thread / (TILE / EACH);   // and every 16th after it
  const int ownExample = thread % (TILE / EACH);  // likewise
  for (long long k = 0; k < product.rows; k += STEP) {
    for (int at = thread; at < STEP * TILE; at += THREADS) {
      const long long row = k + at / TILE;
      const long long column = firstColumn + at % TILE;
      const long long example = firstExample + at % TILE;
      const bool has = row < product.rows;
      w[at] = has && column < product.columns ? __ldg(product.weights + row * product.columns + column) : T(0);
      x[at] = has && example < product.examples ? product.x[row * product.examples + example] + shift : T(0);
    }
    __syncthreads();
#pragma unroll
    for (int s = 0; s < STEP; s++) {
      T column[EACH];
      T example[EACH];
#pragma unroll
      for (int i = 0; i < EACH; i++) {
        column[i] = w[s * TILE + ownColumn + i * (TILE / EACH)];
        example[i] = x[s * TILE + ownExample + i * (TILE / EACH)];
      }
#pragma unroll
      for (int i = 0; i < EACH; i++) {
#pragma unroll
        for (int j = 0; j < EACH; j++) {
          sums[i][j] += column[i] * example[j];
        }
      }
    }
    __syncthreads();
  }
#pragma unroll
  for (int i = 0; i < EACH; i++) {
#pragma unroll
    for (int j = 0; j < EACH; j++) {
      tile[(ownColumn + i * (TILE / EACH)) * TILE + ownExample + j * (TILE / EACH)] = sums[i][j];
    }
  }
  __syncthreads();
  for (int own = thread; own < TILE * TILE; own += THREADS) {
    const long long column = firstColumn + own / TILE;
    const long long example = firstExample + own % TILE;
    if (column < product.columns && example < product.examples) {
      const long long at = column * product.examples + example;
      const T sum = tile[own];
      switch (mode) {
        case HIDDEN:
          product.y[at] = activate(activation, sum + branch.b2);
          break;
        case STREAM:
          product.y[at] = product.added[at] + branch.alpha * sum;
          break;
        case HIDDEN_GRADIENT:
          product.y[at] = branch.alpha * sum * slope(activation, product.added[at]);
          break;
        default:
          product.y[at] = product.added[at] + sum;
      }
    }
  }
}

}  // namespace

KERNEL(layer_product_float, LayerProduct<float>, THREADS) { multiplyTile(arguments); }
KERNEL(layer_product_double, LayerProduct<double>, THREADS) { multiplyTile(arguments); }
