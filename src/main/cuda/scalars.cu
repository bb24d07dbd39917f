// Gradients of the trainable scalars of a block, from what the weight gradients left; and the factor alpha of the
// latter.
//
//   d alpha = <U, G>    db3 = alpha sum (dz U^T)    db2 = sum da    db1 = sum (da V^T)    dU = alpha G
//
// with G = (h + b3)^T dz as weight_gradient.cu stores it; linear blocks: d alpha = <A, G>, dA = alpha G. One
// thread block a block of the network; sums in double precision, in one order.
//
// Shapes: V [D, M], U [M, D] (or A [D, D]), last index fastest; dz [D, N'], da [M, N'], examples fastest.

#include "branch.cuh"
#include "kernel.cuh"

namespace {

constexpr int THREADS = 128;

template <typename T>
struct ScalarGradient {
  const T* inner;            // V of all blocks; null for linear blocks
  const T* outer;            // U of all blocks; A of linear ones
  const T* scalars;          // of all blocks
  const T* streamGradients;  // dz of the lowest block of the launch
  const T* hiddenGradients;  // da; null for linear blocks
  T* outerGradient;          // G of all blocks; times alpha afterwards
  T* scalarGradient;         // of all blocks
  long long scalarsPerBlock;
  long long firstLayer;
  long long examples;     // N
  long long padded;       // N'
  long long width;        // D
  long long hiddenWidth;  // M; D for linear blocks
};

// The sum of all threads' numbers, for all threads.
__device__ __forceinline__ double sumOfAll(double own, double* shared) {
  __syncthreads();
  shared[threadIdx.x] = own;
  __syncthreads();
  for (int half = THREADS / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) {
      shared[threadIdx.x] += shared[threadIdx.x + half];
    }
    __syncthreads();
  }
  return shared[0];
}

template <typename T>
__device__ __forceinline__ double sumOfRow(const T* row, long long count) {
  double sum = 0;
  for (long long n = 0; n < count; n++) {
    sum += row[n];
  }
  return sum;
}

template <typename T>
__device__ __forceinline__ void gradientsOfScalars(const ScalarGradient<T>& work) {
  SHARED(double, shared);
  const long long slot = blockIdx.x;
  const long long layer = work.firstLayer + slot;
  const long long matrix = work.width * work.hiddenWidth;
  const Branch<T> branch = Branch<T>::of(work.scalars, work.scalarsPerBlock, layer);
  const T* outer = work.outer + layer * matrix;
  T* outerGradient = work.outerGradient + layer * matrix;
  T* own = work.scalarGradient + layer * work.scalarsPerBlock;

  double forAlpha = 0;
  for (long long i = threadIdx.x; i < matrix; i += THREADS) {
    const T unscaled = outerGradient[i];
    forAlpha += static_cast<double>(outer[i]) * unscaled;
    outerGradient[i] = branch.alpha * unscaled;
  }
  forAlpha = sumOfAll(forAlpha, shared);
  if (threadIdx.x == 0) {
    own[0] = static_cast<T>(forAlpha);
  }
  if (work.scalarsPerBlock == 1) {
    return;
  }

  const T* dz = work.streamGradients + slot * work.width * work.padded;
  double forB3 = 0;
  for (long long d = threadIdx.x; d < work.width; d += THREADS) {
    double column = 0;
    for (long long m = 0; m < work.hiddenWidth; m++) {
      column += outer[m * work.width + d];
    }
    forB3 += column * sumOfRow(dz + d * work.padded, work.examples);
  }
  forB3 = sumOfAll(forB3, shared);

  const T* inner = work.inner + layer * matrix;
  const T* da = work.hiddenGradients + slot * work.hiddenWidth * work.padded;
  double forB1 = 0;
  double forB2 = 0;
  for (long long m = threadIdx.x; m < work.hiddenWidth; m += THREADS) {
    double column = 0;
    for (long long d = 0; d < work.width; d++) {
      column += inner[d * work.hiddenWidth + m];
    }
    const double gradients = sumOfRow(da + m * work.padded, work.examples);
    forB1 += column * gradients;
    forB2 += gradients;
  }
  forB1 = sumOfAll(forB1, shared);
  forB2 = sumOfAll(forB2, shared);
  if (threadIdx.x == 0) {
    own[1] = static_cast<T>(forB1);
    own[2] = static_cast<T>(forB2);
    own[3] = static_cast<T>(branch.alpha * forB3);
  }
}

}  // namespace

KERNEL(scalar_gradient_float, ScalarGradient<float>, THREADS) { gradientsOfScalars(arguments); }
KERNEL(scalar_gradient_double, ScalarGradient<double>, THREADS) { gradientsOfScalars(arguments); }
