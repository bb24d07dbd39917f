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
constexpr int PAD = 4;    // between their rows: keeps fours aligned, and reads of them without bank conflicts

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

// Four neighbouring numbers, read and written in as few pieces as the device has.
template <typename T>
struct alignas(16) Four {
  T first;
  T second;
  T third;
  T fourth;
};

// STEP examples of some rows of a matrix, on their way through registers: four examples of a row at a time.
template <typename T, int ROWS, int THREADS>
struct Piece {
  static constexpr int DOWN = THREADS / (STEP / 4);  // rows between two fours of a thread
  static constexpr int EACH = (ROWS + DOWN - 1) / DOWN;
  static constexpr int WIDTH = ROWS + PAD;

  const T* own;  // this thread's first four in the first row that it reads, of the examples to come
  int rowsLeft;
  Four<T> numbers[EACH];

  static __device__ __forceinline__ int row() { return threadIdx.x / (STEP / 4); }
  static __device__ __forceinline__ int example() { return threadIdx.x % (STEP / 4) * 4; }

  __device__ __forceinline__ Piece(const T* matrix, long long firstRow, long long rows, long long padded)
      : own(matrix + (firstRow + row()) * padded + example()),
        rowsLeft(static_cast<int>(rows - firstRow) - row()) {}

  // The next examples, of which `left` are still to come, those that only fill up included. All loads are under way
  // before the first is waited for: nothing is computed with them here.
  __device__ __forceinline__ void load(long long left, long long padded) {
    const bool has = example() < left;
#pragma unroll
    for (int i = 0; i < EACH; i++) {
      numbers[i] = {T(0), T(0), T(0), T(0)};
      if (has && i * DOWN < rowsLeft) {
        numbers[i] = *reinterpret_cast<const Four<T>*>(own + i * DOWN * padded);
      }
    }
    own += STEP;
  }

  // Transposed, [STEP, WIDTH], with `shift` added; zero from `left` on.
  __device__ __forceinline__ void store(T* shared, T shift, long long left) const {
    T* to = shared + example() * WIDTH + row();
#pragma unroll
    for (int i = 0; i < EACH; i++) {
      if (ROWS % DOWN == 0 || row() + i * DOWN < ROWS) {
        const Four<T> four = numbers[i];
        to[i * DOWN] = example() < left ? four.first + shift : T(0);
        to[i * DOWN + WIDTH] = example() + 1 < left ? four.second + shift : T(0);
        to[i * DOWN + 2 * WIDTH] = example() + 2 < left ? four.third + shift : T(0);
        to[i * DOWN + 3 * WIDTH] = example() + 3 < left ? four.fourth + shift : T(0);
      }
    }
  }
};

// Which rows of a tile, or columns, a thread sums: fours, as far apart as they can be, or fewer together.
template <int TILE, int EACH>
struct Share {
  static constexpr int TOGETHER = EACH < 4 ? EACH : 4;
  static constexpr int APART = TILE / (EACH / TOGETHER);

  static __device__ __forceinline__ int at(int thread, int i) {
    return i / TOGETHER * APART + thread * TOGETHER + i % TOGETHER;
  }

  template <typename T>
  static __device__ __forceinline__ void read(const T* shared, int thread, T* numbers) {
#pragma unroll
    for (int i = 0; i < EACH; i += TOGETHER) {
      if (TOGETHER == 4) {
        const Four<T> four = *reinterpret_cast<const Four<T>*>(shared + at(thread, i));
        numbers[i] = four.first;
        numbers[i + 1] = four.second;
        numbers[i + 2] = four.third;
        numbers[i + 3] = four.fourth;
      } else {
#pragma unroll
        for (int j = 0; j < TOGETHER; j++) {
          numbers[i + j] = shared[at(thread, i + j)];
        }
      }
    }
  }
};

template <typename T, int ROWS, int COLUMNS, int ROWS_EACH, int COLUMNS_EACH>
__device__ __forceinline__ void sumOverExamples(const WeightGradient<T>& work) {
  constexpr int ACROSS = COLUMNS / COLUMNS_EACH;
  constexpr int THREADS = ROWS / ROWS_EACH * ACROSS;
  using A = Piece<T, ROWS, THREADS>;
  using B = Piece<T, COLUMNS, THREADS>;
  using Rows = Share<ROWS, ROWS_EACH>;
  using Columns = Share<COLUMNS, COLUMNS_EACH>;
  SHARED(T, shared);
  T* aPieces = shared;                         // two, [STEP, A::WIDTH]
  T* bPieces = aPieces + 2 * STEP * A::WIDTH;  // two, [STEP, B::WIDTH]

  const long long tilesAcross = (work.columns + COLUMNS - 1) / COLUMNS;
  const long long firstRow = blockIdx.x / tilesAcross * ROWS;
  const long long firstColumn = blockIdx.x % tilesAcross * COLUMNS;
  const long long slot = blockIdx.y;
  const Branch<T> branch = Branch<T>::of(work.scalars, work.scalarsPerBlock, work.firstLayer + slot);
  const T shift = work.shift == B1 ? branch.b1 : work.shift == B3 ? branch.b3 : T(0);
  const int down = threadIdx.x / ACROSS;
  const int across = threadIdx.x % ACROSS;

  T sums[ROWS_EACH][COLUMNS_EACH];
#pragma unroll
  for (int i = 0; i < ROWS_EACH; i++) {
#pragma unroll
    for (int j = 0; j < COLUMNS_EACH; j++) {
      sums[i][j] = 0;
    }
  }
  A a(work.a + slot * work.rows * work.padded, firstRow, work.rows, work.padded);
  B b(work.b + slot * work.columns * work.padded, firstColumn, work.columns, work.padded);
  a.load(work.padded, work.padded);
  b.load(work.padded, work.padded);
  int half = 0;
  for (long long n = 0; n < work.examples; n += STEP) {
    T* aPiece = aPieces + half * STEP * A::WIDTH;
    T* bPiece = bPieces + half * STEP * B::WIDTH;
    a.store(aPiece, shift, work.examples - n);
    b.store(bPiece, T(0), work.examples - n);
    __syncthreads();
    a.load(work.padded - n - STEP, work.padded);
    b.load(work.padded - n - STEP, work.padded);
#pragma unroll 2
    for (int s = 0; s < STEP; s++) {
      T rows[ROWS_EACH];
      T columns[COLUMNS_EACH];
      Rows::read(aPiece + s * A::WIDTH, down, rows);
      Columns::read(bPiece + s * B::WIDTH, across, columns);
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
  const bool fours = Columns::TOGETHER == 4 && work.columns % 4 == 0;
#pragma unroll
  for (int i = 0; i < ROWS_EACH; i++) {
    const long long row = firstRow + Rows::at(down, i);
    if (row >= work.rows) {
      continue;
    }
#pragma unroll
    for (int j = 0; j < COLUMNS_EACH; j += Columns::TOGETHER) {
      const long long column = firstColumn + Columns::at(across, j);
      T* to = gradient + row * work.columns + column;
      if (fours) {
        if (column < work.columns) {
          *reinterpret_cast<Four<T>*>(to) = {
              sums[i][j], sums[i][(j + 1) % COLUMNS_EACH], sums[i][(j + 2) % COLUMNS_EACH],
              sums[i][(j + 3) % COLUMNS_EACH]};
        }
      } else {
#pragma unroll
        for (int k = 0; k < Columns::TOGETHER; k++) {
          if (column + k < work.columns) {
            to[k] = sums[i][j + k];
          }
        }
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
