// Through many blocks in one launch, a few examples a thread block: the fast path, in single precision.
//
//   forward    h = sigma((z + b1) V + b2)       z' = z + alpha (h + b3) U
//   backward   da = alpha dz U^T * sigma'(a)    dz' = dz + da V^T
//   linear     z' = z + alpha z A               dz' = dz + alpha dz A^T
//
// A thread block owns eight examples. Their residual stream stays in registers and shared memory for the whole
// march; weights are streamed, each by the one thread that multiplies with it, into registers half a block of
// the network ahead. The backward march is the forward one on transposed weights (vectors.cu makes them). What
// the backward pass and the weight gradients need is written out once. Nothing depends on the order of thread
// blocks, and every sum has one order: the same launch gives the same bits.
//
// Shapes: V, U^T [D, M]; U, V^T [M, D]; A [D, D]; last index fastest. Activations are stored with examples
// fastest, [D, N'] and [M, N'], N' = N rounded up to a multiple of eight; what stands in the columns from N on
// is never used.
//
// A kernel named forward_64_8 serves D <= 64 and M <= 8, forward_64_64_exact D = M = 64 alone.

#pragma once

#include "kernel.cuh"

#include "activation.cuh"
#include "branch.cuh"

namespace {

constexpr int EXAMPLES = 8;
// Rows of eight examples in shared memory lie 12 numbers apart: 16-byte reads and writes without bank conflicts.
constexpr int ROW = 12;
// So many blocks ahead weights are asked for from the device's memory into its cache.
constexpr int AHEAD = 4;

struct March {
  const float* inner;      // V of all blocks; U^T on the way back; A or A^T
  const float* outer;      // U of all blocks; V^T on the way back; unused by linear blocks
  const float* scalars;    // of all blocks
  const float* input;      // [D, N']: z below block `first`; on the way back dz above the last one
  float* output;           // [D, N']: the same at the other end; may be the input
  float* streams;          // [count, D, N'] or null: z below each block; on the way back dz above it
  float* hidden;           // [count, M, N']: h; written on the way forward, unless null, read on the way back
  float* hiddenGradients;  // [count, M, N']: da, written on the way back
  long long first;         // the lowest block of this march, from 0
  long long count;         // how many blocks
  long long examples;      // N'
  long long width;         // D
  long long hiddenWidth;   // M
  long long scalarsPerBlock;
  long long activation;
};

// X W for eight rows of X, W with at most K rows and C columns: a thread holds its share of W in registers.
template <int K, int C, int THREADS>
struct Product {
  static constexpr int COLUMNS_EACH = C >= 64 ? 2 : 1;
  static constexpr int COLUMN_THREADS = C / COLUMNS_EACH;
  static constexpr int SLICES = THREADS / COLUMN_THREADS;  // rows of W go round the slices
  static constexpr int ROWS_EACH = (K + SLICES - 1) / SLICES;
  static constexpr bool SLICES_IN_WARP = COLUMN_THREADS < 32;
  static constexpr int PARTS = SLICES_IN_WARP ? THREADS / 32 : SLICES;  // sums that are left for shared memory
  static constexpr int OUTPUTS_EACH = (C * EXAMPLES + THREADS - 1) / THREADS;
  static_assert(COLUMN_THREADS <= THREADS && K % SLICES == 0, "threads must share W evenly");

  float weights[ROWS_EACH][COLUMNS_EACH];

  template <bool EXACT>
  __device__ __forceinline__ void load(const float* matrix, int rows, int columns) {
    const int slice = threadIdx.x / COLUMN_THREADS;
    const int first = threadIdx.x % COLUMN_THREADS;
    if (EXACT) {
      rows = K;
      columns = C;
    }
    const float* own = matrix + slice * columns + first;
#pragma unroll
    for (int i = 0; i < ROWS_EACH; i++) {
#pragma unroll
      for (int j = 0; j < COLUMNS_EACH; j++) {
        const bool inside = EXACT || (i * SLICES + slice < rows && first + j * COLUMN_THREADS < columns);
        weights[i][j] = inside ? __ldg(own + i * SLICES * columns + j * COLUMN_THREADS) : 0.0f;
      }
    }
  }

  // Leaves sums over this thread's rows of W, or this warp's, in `parts` [PARTS, C, ROW].
  __device__ __forceinline__ void multiply(const float* x, float* parts) const {
    const int slice = threadIdx.x / COLUMN_THREADS;
    const int first = threadIdx.x % COLUMN_THREADS;
    float sums[COLUMNS_EACH][EXAMPLES];
#pragma unroll
    for (int j = 0; j < COLUMNS_EACH; j++) {
#pragma unroll
      for (int e = 0; e < EXAMPLES; e++) {
        sums[j][e] = 0;
      }
    }
#pragma unroll
    for (int i = 0; i < ROWS_EACH; i++) {
      const float4* row = reinterpret_cast<const float4*>(x + (i * SLICES + slice) * ROW);
      const float4 low = row[0];
      const float4 high = row[1];
#pragma unroll
      for (int j = 0; j < COLUMNS_EACH; j++) {
        const float w = weights[i][j];
        sums[j][0] = fmaf(w, low.x, sums[j][0]);
        sums[j][1] = fmaf(w, low.y, sums[j][1]);
        sums[j][2] = fmaf(w, low.z, sums[j][2]);
        sums[j][3] = fmaf(w, low.w, sums[j][3]);
        sums[j][4] = fmaf(w, high.x, sums[j][4]);
        sums[j][5] = fmaf(w, high.y, sums[j][5]);
        sums[j][6] = fmaf(w, high.z, sums[j][6]);
        sums[j][7] = fmaf(w, high.w, sums[j][7]);
      }
    }
    int part = slice;
    bool writes = true;
    if (SLICES_IN_WARP) {
#pragma unroll
      for (int apart = COLUMN_THREADS; apart < 32; apart *= 2) {
#pragma unroll
        for (int j = 0; j < COLUMNS_EACH; j++) {
#pragma unroll
          for (int e = 0; e < EXAMPLES; e++) {
            sums[j][e] += __shfl_xor_sync(0xffffffffu, sums[j][e], apart);
          }
        }
      }
      part = threadIdx.x / 32;
      writes = threadIdx.x % 32 < COLUMN_THREADS;
    }
    if (writes) {
#pragma unroll
      for (int j = 0; j < COLUMNS_EACH; j++) {
        float4* row = reinterpret_cast<float4*>(parts + (part * C + first + j * COLUMN_THREADS) * ROW);
        row[0] = make_float4(sums[j][0], sums[j][1], sums[j][2], sums[j][3]);
        row[1] = make_float4(sums[j][4], sums[j][5], sums[j][6], sums[j][7]);
      }
    }
  }

  // The r-th entry of the product that is this thread's own: its column and example.
  static __device__ __forceinline__ int column(int r) { return (threadIdx.x + r * THREADS) / EXAMPLES; }
  static __device__ __forceinline__ int example() { return threadIdx.x % EXAMPLES; }

  // Whether there is such an entry: narrow products leave threads without.
  static __device__ __forceinline__ bool owns(int r) {
    return C * EXAMPLES >= THREADS || threadIdx.x < C * EXAMPLES;
  }

  static __device__ __forceinline__ float sum(const float* parts, int r) {
    const float* own = parts + column(r) * ROW + example();
    float sum = own[0];
#pragma unroll
    for (int part = 1; part < PARTS; part++) {
      sum += own[part * C * ROW];
    }
    return sum;
  }
};

// Asks for `numbers` weights on behalf of all thread blocks.
__device__ __forceinline__ void fetchIntoCache(const float* weights, int numbers) {
  const long long first = (static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x) * 32;
  if (first < numbers) {
    PREFETCH(weights + first);
  }
}

template <int D, int M, int THREADS, bool BACKWARD, bool EXACT>
__device__ __forceinline__ void throughBlocks(const March& march) {
  using Inner = Product<D, M, THREADS>;
  using Outer = Product<M, D, THREADS>;
  SHARED(float, shared);
  float* x = shared;              // [D, ROW]: what the inner product multiplies, z + b1 or dz
  float* y = x + D * ROW;         // [M, ROW]: what the outer product multiplies, h + b3 or da
  float* parts = y + M * ROW;

  const int width = EXACT ? D : static_cast<int>(march.width);
  const int hiddenWidth = EXACT ? M : static_cast<int>(march.hiddenWidth);
  const int activation = static_cast<int>(march.activation);
  const int matrix = width * hiddenWidth;
  const long long row = march.examples;
  const long long example = static_cast<long long>(blockIdx.x) * EXAMPLES + Inner::example();
  const long long last = march.first + march.count - 1;

  long long layer = BACKWARD ? last : march.first;
  Branch<float> branch = Branch<float>::of(march.scalars, march.scalarsPerBlock, layer);
  Inner inner;
  Outer outer;
  inner.template load<EXACT>(march.inner + layer * matrix, width, hiddenWidth);
  outer.template load<EXACT>(march.outer + layer * matrix, hiddenWidth, width);

  float stream[Outer::OUTPUTS_EACH];
  float kept[Inner::OUTPUTS_EACH];  // h of this block, on the way back
#pragma unroll
  for (int r = 0; r < Outer::OUTPUTS_EACH; r++) {
    const int d = Outer::column(r);
    stream[r] = 0;
    if (Outer::owns(r)) {
      const bool inside = EXACT || d < width;
      if (inside) {
        stream[r] = march.input[d * row + example];
      }
      x[d * ROW + Outer::example()] = inside ? (BACKWARD ? stream[r] : stream[r] + branch.b1) : 0.0f;
    }
  }
  if (BACKWARD) {
#pragma unroll
    for (int r = 0; r < Inner::OUTPUTS_EACH; r++) {
      const int m = Inner::column(r);
      kept[r] = 0;
      if (Inner::owns(r) && (EXACT || m < hiddenWidth)) {
        kept[r] = march.hidden[(layer - march.first) * hiddenWidth * row + m * row + example];
      }
    }
  }
  __syncthreads();

  for (long long step = 0; step < march.count; step++) {
    const long long slot = layer - march.first;
    const long long next = BACKWARD ? layer - 1 : layer + 1;
    const bool more = step + 1 < march.count;
    const long long far = BACKWARD ? layer - AHEAD : layer + AHEAD;
    if (far >= march.first && far <= last) {
      fetchIntoCache(march.inner + far * matrix, matrix);
      fetchIntoCache(march.outer + far * matrix, matrix);
    }
    Branch<float> nextBranch = branch;
    if (more) {
      nextBranch = Branch<float>::of(march.scalars, march.scalarsPerBlock, next);
    }
    if (march.streams != nullptr) {
      float* to = march.streams + slot * width * row + example;
#pragma unroll
      for (int r = 0; r < Outer::OUTPUTS_EACH; r++) {
        const int d = Outer::column(r);
        if (Outer::owns(r) && (EXACT || d < width)) {
          to[d * row] = stream[r];
        }
      }
    }

    inner.multiply(x, parts);
    if (more) {
      inner.template load<EXACT>(march.inner + next * matrix, width, hiddenWidth);
    }
    __syncthreads();
#pragma unroll
    for (int r = 0; r < Inner::OUTPUTS_EACH; r++) {
      const int m = Inner::column(r);
      if (Inner::owns(r)) {
        const bool inside = EXACT || m < hiddenWidth;
        const float sum = Inner::sum(parts, r);
        float* y_ = y + m * ROW + Inner::example();
        const long long at = (slot * hiddenWidth + m) * row + example;
        if (BACKWARD) {
          const float gradient = branch.alpha * sum * slope(activation, kept[r]);
          if (inside) {
            march.hiddenGradients[at] = gradient;
          }
          *y_ = inside ? gradient : 0.0f;
        } else {
          const float h = activate(activation, sum + branch.b2);
          if (inside && march.hidden != nullptr) {
            march.hidden[at] = h;
          }
          *y_ = inside ? h + branch.b3 : 0.0f;
        }
      }
    }
    if (BACKWARD && more) {
#pragma unroll
      for (int r = 0; r < Inner::OUTPUTS_EACH; r++) {
        const int m = Inner::column(r);
        if (Inner::owns(r) && (EXACT || m < hiddenWidth)) {
          kept[r] = march.hidden[((slot - 1) * hiddenWidth + m) * row + example];
        }
      }
    }
    __syncthreads();

    outer.multiply(y, parts);
    if (more) {
      outer.template load<EXACT>(march.outer + next * matrix, hiddenWidth, width);
    }
    __syncthreads();
#pragma unroll
    for (int r = 0; r < Outer::OUTPUTS_EACH; r++) {
      const int d = Outer::column(r);
      if (Outer::owns(r) && (EXACT || d < width)) {
        const float sum = Outer::sum(parts, r);
        stream[r] += BACKWARD ? sum : branch.alpha * sum;
        x[d * ROW + Outer::example()] = BACKWARD ? stream[r] : stream[r] + nextBranch.b1;
      }
    }
    __syncthreads();
    branch = nextBranch;
    layer = next;
  }

#pragma unroll
  for (int r = 0; r < Outer::OUTPUTS_EACH; r++) {
    const int d = Outer::column(r);
    if (Outer::owns(r) && (EXACT || d < width)) {
      march.output[d * row + example] = stream[r];
    }
  }
}

template <int D, int THREADS, bool BACKWARD, bool EXACT>
__device__ __forceinline__ void throughLinearBlocks(const March& march) {
  using Square = Product<D, D, THREADS>;
  SHARED(float, shared);
  float* x = shared;  // [D, ROW]
  float* parts = x + D * ROW;

  const int width = EXACT ? D : static_cast<int>(march.width);
  const int matrix = width * width;
  const long long row = march.examples;
  const long long example = static_cast<long long>(blockIdx.x) * EXAMPLES + Square::example();
  const long long last = march.first + march.count - 1;

  long long layer = BACKWARD ? last : march.first;
  Branch<float> branch = Branch<float>::of(march.scalars, march.scalarsPerBlock, layer);
  Square square;
  square.template load<EXACT>(march.inner + layer * matrix, width, width);

  float stream[Square::OUTPUTS_EACH];
#pragma unroll
  for (int r = 0; r < Square::OUTPUTS_EACH; r++) {
    const int d = Square::column(r);
    stream[r] = 0;
    if (Square::owns(r)) {
      if (EXACT || d < width) {
        stream[r] = march.input[d * row + example];
      }
      x[d * ROW + Square::example()] = stream[r];
    }
  }
  __syncthreads();

  for (long long step = 0; step < march.count; step++) {
    const long long slot = layer - march.first;
    const long long next = BACKWARD ? layer - 1 : layer + 1;
    const bool more = step + 1 < march.count;
    const long long far = BACKWARD ? layer - AHEAD : layer + AHEAD;
    if (far >= march.first && far <= last) {
      fetchIntoCache(march.inner + far * matrix, matrix);
    }
    Branch<float> nextBranch = branch;
    if (more) {
      nextBranch = Branch<float>::of(march.scalars, march.scalarsPerBlock, next);
    }
    if (march.streams != nullptr) {
      float* to = march.streams + slot * width * row + example;
#pragma unroll
      for (int r = 0; r < Square::OUTPUTS_EACH; r++) {
        const int d = Square::column(r);
        if (Square::owns(r) && (EXACT || d < width)) {
          to[d * row] = stream[r];
        }
      }
    }
    square.multiply(x, parts);
    if (more) {
      square.template load<EXACT>(march.inner + next * matrix, width, width);
    }
    __syncthreads();
#pragma unroll
    for (int r = 0; r < Square::OUTPUTS_EACH; r++) {
      const int d = Square::column(r);
      if (Square::owns(r) && (EXACT || d < width)) {
        stream[r] += branch.alpha * Square::sum(parts, r);
        x[d * ROW + Square::example()] = stream[r];
      }
    }
    __syncthreads();
    branch = nextBranch;
    layer = next;
  }

#pragma unroll
  for (int r = 0; r < Square::OUTPUTS_EACH; r++) {
    const int d = Square::column(r);
    if (Square::owns(r) && (EXACT || d < width)) {
      march.output[d * row + example] = stream[r];
    }
  }
}

}  // namespace

// Marches for widths up to D and hidden widths up to M.
#define MARCH(D, M, THREADS)                                                                          \
  KERNEL(forward_##D##_##M, March, THREADS) { throughBlocks<D, M, THREADS, false, false>(arguments); } \
  KERNEL(backward_##D##_##M, March, THREADS) { throughBlocks<D, M, THREADS, true, false>(arguments); }

// Marches for these widths alone: addresses are constants, and no entry is asked whether it is inside.
#define EXACT_MARCH(D, M, THREADS)                                                                          \
  KERNEL(forward_##D##_##M##_exact, March, THREADS) { throughBlocks<D, M, THREADS, false, true>(arguments); } \
  KERNEL(backward_##D##_##M##_exact, March, THREADS) { throughBlocks<D, M, THREADS, true, true>(arguments); }

// Marches through linear blocks of widths up to D.
#define LINEAR_MARCH(D, THREADS)                                                                           \
  KERNEL(linear_forward_##D, March, THREADS) { throughLinearBlocks<D, THREADS, false, false>(arguments); } \
  KERNEL(linear_backward_##D, March, THREADS) { throughLinearBlocks<D, THREADS, true, false>(arguments); }
