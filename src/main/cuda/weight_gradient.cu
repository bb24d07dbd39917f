// Gradients of the matrices of many blocks in one launch, once the marches have written what they are made of.
//
//   G = A^T B, summed over the examples:  dU from A = h + b3, B = dz;  dV from A = z + b1, B = da;  dA from z, dz
//
// without the factor alpha that dU and dA have where branches are scaled: scalars.cu needs G first, and
// multiplies then. A thread block makes one tile of one block's matrix over all examples in their order: no
// partial sums in memory, no atomics, the same bits from launch to launch.
//
// Shapes: A [K, N'], B [C, N'] a block, examples fastest, N' a multiple of eight of which the first N count;
// G [K, C], last index fastest.

#include "branch.cuh"
#include "kernel.cuh"

namespace {

constexpr int STEP = 16;  // examples in shared memory
constexpr int PAD = 4;    // between their rows, against bank conflicts

enum Shift { NONE, B1, B3 };

template <typename T>
struct WeightGradient {
  const T* a;  // of the lowest block of the launch
  const T* b;
  T* gradient;
  const T* scalars;  // of all blocks
  long long scalarsPerBlock;
  long long firstLayer;
  long long rows;     // K
  long long columns;  // C
  long long examples;  // N
  long long padded;    // N'
  long long shift;     // what is added to A
};

// STEP examples of some rows of a matrix, on their way through registers; zero outside of it.
template <typename T, int ROWS, int THREADS>
struct Piece {
  static constexpr int DOWN = THREADS / STEP;  // rows between two numbers of a thread
  static constexpr int EACH = ROWS / DOWN;
  static_assert(THREADS % STEP == 0 && ROWS % DOWN == 0, "threads must share a piece evenly");

  const T* own;  // this thread's number in the first row that it reads, of the examples to come
  int rowsLeft;
  T numbers[EACH];

  __device__ __forceinline__ Piece(const T* matrix, long long firstRow, long long rows, long long padded)
      : own(matrix + (firstRow + threadIdx.x / STEP) * padded + threadIdx.x % STEP),
        rowsLeft(static_cast<int>(rows - firstRow - threadIdx.x / STEP)) {}

  // The next examples, of which `left` are still to come.
  __device__ __forceinline__ void load(long long left, long long padded, T shift) {
    const bool has = threadIdx.x % STEP < left;
#pragma unroll
    for (int i = 0; i < EACH; i++) {
      numbers[i] = has && i * DOWN < rowsLeft ? own[i * DOWN * padded] + shift : T(0);
    }
    own += STEP;
  }

  // Transposed, [STEP, ROWS + PAD].
  __device__ __forceinline__ void store(T* shared) const {
#pragma unroll
    for (int i = 0; i < EACH; i++) {
      shared[threadIdx.x % STEP * (ROWS + PAD) + threadIdx.x / STEP + i * DOWN] = numbers[i];
    }
  }
};

template <typename T, int ROWS, int COLUMNS, int ROWS_EACH, int COLUMNS_EACH>
__device__ __forceinline__ void sumOverExamples(const WeightGradient<T>& work) {
  constexpr int ACROSS = COLUMNS / COLUMNS_EACH;
  constexpr int THREADS = ROWS / ROWS_EACH * ACROSS;
  SHARED(T, shared);
  T* aRows = shared;                         // two pieces, [STEP, ROWS + PAD]
  T* bRows = aRows + 2 * STEP * (ROWS + PAD);  // two pieces, [STEP, COLUMNS + PAD]

  const long long tilesAcross = (work.columns + COLUMNS - 1) / COLUMNS;
  const long long firstRow = blockIdx.x / tilesAcross * ROWS;
  const long long firstColumn = blockIdx.x % tilesAcross * COLUMNS;
  const long long slot = blockIdx.y;
  const T* a = work.a + slot * work.rows * work.padded;
  const T* b = work.b + slot * work.columns * work.padded;
  const Branch<T> branch = Branch<T>::of(work.scalars, work.scalarsPerBlock, work.firstLayer + slot);
  const T shift = work.shift == B1 ? branch.b1 : work.shift == B3 ? branch.b3 : T(0);
  const int ownRow = threadIdx.x / ACROSS * ROWS_EACH;
  const int ownColumn = threadIdx.x % ACROSS * COLUMNS_EACH;

  T sums[ROWS_EACH][COLUMNS_EACH];
#pragma unroll
  for (int i = 0; i < ROWS_EACH; i++) {
#pragma unroll
    for (int j = 0; j < COLUMNS_EACH; j++) {
      sums[i][j] = 0;
    }
  }
  Piece<T, ROWS, THREADS> nextA(a, firstRow, work.rows, work.padded);
  Piece<T, COLUMNS, THREADS> nextB(b, firstColumn, work.columns, work.padded);
  nextA.load(work.examples, work.padded, shift);
  nextB.load(work.examples, work.padded, T(0));
  int half = 0;
  for (long long n = 0; n < work.examples; n += STEP) {
    T* aPiece = aRows + half * STEP * (ROWS + PAD);
    T* bPiece = bRows + half * STEP * (COLUMNS + PAD);
    nextA.store(aPiece);
    nextB.store(bPiece);
    __syncthreads();
    if (n + STEP < work.examples) {
      nextA.load(work.examples - n - STEP, work.padded, shift);
      nextB.load(work.examples - n - STEP, work.padded, T(0));
    }
#pragma unroll 2
    for (int s = 0; s < STEP; s++) {
      T rows[ROWS_EACH];
      T columns[COLUMNS_EACH];
#pragma unroll
      for (int i = 0; i < ROWS_EACH; i++) {
        rows[i] = aPiece[s * (ROWS + PAD) + ownRow + i];
      }
#pragma unroll
      for (int j = 0; j < COLUMNS_EACH; j++) {
        columns[j] = bPiece[s * (COLUMNS + PAD) + ownColumn + j];
      }
#pragma unroll
      for (int i = 0; i < ROWS_EACH; i++) {
#pragma unroll
        for (int j = 0; j < COLUMNS_EACH; j++) {
          sums[i][j] += rows[i] * columns[j];
        }
      }
    }
    half = 1 - half;
  }
  T* gradient = work.gradient + slot * work.rows * work.columns;
#pragma unroll
  for (int i = 0; i < ROWS_EACH; i++) {
#pragma unroll
    for (int j = 0; j < COLUMNS_EACH; j++) {
      const long long row = firstRow + ownRow + i;
      const long long column = firstColumn + ownColumn + j;
      if (row < work.rows && column < work.columns) {
        gradient[row * work.columns + column] = sums[i][j];
      }
    }
  }
}

}  // namespace

// Tiles of 64 by 64, 8 by 8 a thread; and long ones for narrow matrices.
KERNEL(weight_gradient_64_64_float, WeightGradient<float>, 64) { sumOverExamples<float, 64, 64, 8, 8>(arguments); }
KERNEL(weight_gradient_64_8_float, WeightGradient<float>, 64) { sumOverExamples<float, 64, 8, 4, 2>(arguments); }
KERNEL(weight_gradient_8_64_float, WeightGradient<float>, 64) { sumOverExamples<float, 8, 64, 2, 4>(arguments); }
KERNEL(weight_gradient_32_32_double, WeightGradient<double>, 64) {
  sumOverExamples<double, 32, 32, 4, 4>(arguments);
}
