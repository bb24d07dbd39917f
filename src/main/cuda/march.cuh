// Through many blocks in one launch, a few examples a thread block: the fast path, in single precision.
//
//   forward    h = sigma((z + b1) V + b2)       z' = z + alpha (h + b3) U
//   backward   da = alpha dz U^T * sigma'(a)    dz' = dz + da V^T
//   linear     z' = z + alpha z A               dz' = dz + alpha dz A^T
//
// A thread block owns eight examples. Their residual stream stays in registers and shared memory for the whole
// march; weights are streamed, each by the one thread that multiplies with it, into registers half a block of
// the network ahead. The backward march is the forward one on transposed weights (arrays.cu makes them). What
// the backward pass and the weight gradients need is written out once. Nothing depends on the order of thread
// blocks, and every sum has one order: the same launch gives the same bits.
//
// Shapes: V, U^T [D, M]; U, V^T [M, D]; A [D, D]; last index fastest. Activations are stored with examples
// fastest, [D, N'] and [M, N'], N' = N rounded up to a multiple of eight; what stands in the columns from N on
// is never used.
//
// A kernel named forward_64_8 serves D <= 64 and M <= 8, forward_64_8_exact D = 64 and M = 8 alone.
#pragma once

#include "kernel.cuh"

#include "activation.cuh"
#include "branch.cuh"

namespace {

constexpr int EXAMPLES = 8;
// Between products a thread works on four examples of a column at a time.
constexpr int QUAD = 4;
constexpr int QUADS = EXAMPLES / QUAD;
// So many blocks ahead weights are asked for from the device's memory into its cache.
constexpr int AHEAD = 4;
// Each group of so many thread blocks asks for itself: groups that run later find the blocks gone from the cache.
constexpr int FETCHERS = 32;

struct March {
  const float* inner;      // V of all blocks; U^T on the way back; A or A^T
  const float* outer;      // U of all blocks; V^T on the way back; unused by linear blocks
  const float* scalars;    // of all blocks
  const float* input;      // [D, N']: z below block `first`; on the way back dz above the last one
  float* output;           // [D, N']: the same at the other end
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

__device__ __forceinline__ float4& quad(float* at) { return *reinterpret_cast<float4*>(at); }

__device__ __forceinline__ float4 quad(const float* at) { return *reinterpret_cast<const float4*>(at); }

// Writes to global memory, past what others will want from the cache; as a plain assignment nvcc makes four writes of
// it.
__device__ __forceinline__ void keep(float* at, float4 four) { __stcs(reinterpret_cast<float4*>(at), four); }

__device__ __forceinline__ float4 zeros() { return make_float4(0, 0, 0, 0); }

__device__ __forceinline__ float4 plus(float4 a, float4 b) {
  return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w);
}

__device__ __forceinline__ float4 plus(float4 a, float b) { return make_float4(a.x + b, a.y + b, a.z + b, a.w + b); }

__device__ __forceinline__ float4 times(float a, float4 b) { return make_float4(a * b.x, a * b.y, a * b.z, a * b.w); }

__device__ __forceinline__ float4 times(float4 a, float4 b) {
  return make_float4(a.x * b.x, a.y * b.y, a.z * b.z, a.w * b.w);
}

template <int ACTIVATION>
__device__ __forceinline__ float4 activateAll(float4 a) {
  return make_float4(
      activate(ACTIVATION, a.x), activate(ACTIVATION, a.y), activate(ACTIVATION, a.z), activate(ACTIVATION, a.w));
}

// sigma(a): the question which one is asked once for four.
__device__ __forceinline__ float4 activate(int activation, float4 a) {
  switch (activation) {
    case RELU:
      return activateAll<RELU>(a);
    case TANH:
      return activateAll<TANH>(a);
    case SIGMOID:
      return activateAll<SIGMOID>(a);
    case SOFTPLUS:
      return activateAll<SOFTPLUS>(a);
    default:
      return a;
  }
}

template <int ACTIVATION>
__device__ __forceinline__ float4 slopeOfAll(float4 h) {
  return make_float4(slope(ACTIVATION, h.x), slope(ACTIVATION, h.y), slope(ACTIVATION, h.z), slope(ACTIVATION, h.w));
}

// sigma'(a), from h = sigma(a).
__device__ __forceinline__ float4 slope(int activation, float4 h) {
  switch (activation) {
    case RELU:
      return slopeOfAll<RELU>(h);
    case TANH:
      return slopeOfAll<TANH>(h);
    case SIGMOID:
      return slopeOfAll<SIGMOID>(h);
    case SOFTPLUS:
      return slopeOfAll<SOFTPLUS>(h);
    default:
      return make_float4(1, 1, 1, 1);
  }
}

// X W for eight rows of X, W with at most K rows and C columns: a thread holds its share of W in registers.
// Arrays in shared memory have a row of eight examples for each index: X [K, 8], the product [C, 8].
template <int K, int C, int THREADS, bool EXACT>
struct Product {
  static constexpr int COLUMNS_EACH = C >= 64 ? 2 : 1;
  static constexpr int COLUMN_THREADS = C / COLUMNS_EACH;
  static constexpr int SLICES = THREADS / COLUMN_THREADS;  // rows of W go round the slices
  static constexpr int ROWS_EACH = K / SLICES;
  static constexpr bool SLICES_IN_WARP = COLUMN_THREADS < 32;
  static constexpr int PARTS = SLICES_IN_WARP ? THREADS / 32 : SLICES;  // sums that are left for shared memory
  static constexpr int QUADS_EACH = (C * QUADS + THREADS - 1) / THREADS;
  static_assert(COLUMN_THREADS <= THREADS && K % SLICES == 0, "threads must share W evenly");

  float weights[ROWS_EACH][COLUMNS_EACH];

  static __device__ __forceinline__ int slice() { return threadIdx.x / COLUMN_THREADS; }
  static __device__ __forceinline__ int firstColumn() { return threadIdx.x % COLUMN_THREADS; }

  __device__ __forceinline__ void load(const float* matrix, int rows, int columns) {
    if (EXACT) {
      rows = K;
      columns = C;
    }
    const float* own = matrix + slice() * columns + firstColumn();
#pragma unroll
    for (int i = 0; i < ROWS_EACH; i++) {
#pragma unroll
      for (int j = 0; j < COLUMNS_EACH; j++) {
        const bool inside = EXACT || (i * SLICES + slice() < rows && firstColumn() + j * COLUMN_THREADS < columns);
        weights[i][j] = inside ? __ldg(own + i * SLICES * columns + j * COLUMN_THREADS) : 0.0f;
      }
    }
  }

  // Leaves sums over this thread's rows of W, or this warp's, in `parts` [PARTS, C, 8].
  __device__ __forceinline__ void multiply(const float* x, float* parts) const {
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
      const float* row = x + (i * SLICES + slice()) * EXAMPLES;
      const float4 low = quad(row);
      const float4 high = quad(row + QUAD);
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
    int part = slice();
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
      // Four threads begin with one half of their rows, the next four with the other: no bank is asked twice.
      const bool highFirst = firstColumn() / QUAD % 2 != 0;
#pragma unroll
      for (int j = 0; j < COLUMNS_EACH; j++) {
        float* row = parts + (part * C + firstColumn() + j * COLUMN_THREADS) * EXAMPLES;
        const float4 low = make_float4(sums[j][0], sums[j][1], sums[j][2], sums[j][3]);
        const float4 high = make_float4(sums[j][4], sums[j][5], sums[j][6], sums[j][7]);
        quad(row + (highFirst ? QUAD : 0)) = highFirst ? high : low;
        quad(row + (highFirst ? 0 : QUAD)) = highFirst ? low : high;
      }
    }
  }

  // The q-th quad of the product that is this thread's own: its column and its first example.
  static __device__ __forceinline__ int column(int q) { return (threadIdx.x + q * THREADS) / QUADS; }
  static __device__ __forceinline__ int example() { return threadIdx.x % QUADS * QUAD; }
  static __device__ __forceinline__ int place(int q) { return column(q) * EXAMPLES + example(); }

  // Whether there is such a quad: narrow products leave threads without.
  static __device__ __forceinline__ bool owns(int q) {
    return C * QUADS >= THREADS || threadIdx.x < C * QUADS;
  }

  static __device__ __forceinline__ float4 sum(const float* parts, int q) {
    float4 each[PARTS];
#pragma unroll
    for (int part = 0; part < PARTS; part++) {
      each[part] = quad(parts + part * C * EXAMPLES + place(q));
    }
    float4 sum = each[0];
#pragma unroll
    for (int part = 1; part < PARTS; part++) {
      sum = plus(sum, each[part]);
    }
    return sum;
  }
};

// Asks for weights of a block to come, 32 bytes a thread, on behalf of the thread blocks that run beside this one.
__device__ __forceinline__ void fetchIntoCache(const float* weights, int numbers) {
  const int first = (static_cast<int>(blockIdx.x % FETCHERS) * static_cast<int>(blockDim.x) + threadIdx.x) * 8;
  if (first < numbers) {
    PREFETCH(weights + first);
  }
}

template <int D, int M, int THREADS, bool BACKWARD, bool EXACT>
__device__ __forceinline__ void throughBlocks(const March& march) {
  using Inner = Product<D, M, THREADS, EXACT>;
  using Outer = Product<M, D, THREADS, EXACT>;
  SHARED(float, shared);
  float* x = shared;               // [D, 8]: what the inner product multiplies, z + b1 or dz
  float* y = x + D * EXAMPLES;     // [M, 8]: what the outer product multiplies, h + b3 or da
  float* parts = y + M * EXAMPLES;

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
  inner.load(march.inner + layer * matrix, width, hiddenWidth);
  outer.load(march.outer + layer * matrix, hiddenWidth, width);

  float4 stream[Outer::QUADS_EACH];
  float4 kept[Inner::QUADS_EACH];  // h of this block, on the way back
#pragma unroll
  for (int q = 0; q < Outer::QUADS_EACH; q++) {
    const int d = Outer::column(q);
    stream[q] = zeros();
    if (Outer::owns(q)) {
      const bool inside = EXACT || d < width;
      if (inside) {
        stream[q] = quad(march.input + d * row + example);
      }
      quad(x + Outer::place(q)) = !inside ? zeros() : BACKWARD ? stream[q] : plus(stream[q], branch.b1);
    }
  }
#pragma unroll
  for (int q = 0; q < Inner::QUADS_EACH; q++) {
    const int m = Inner::column(q);
    kept[q] = zeros();
    if (BACKWARD && Inner::owns(q) && (EXACT || m < hiddenWidth)) {
      kept[q] = quad(march.hidden + ((layer - march.first) * hiddenWidth + m) * row + example);
    }
  }
  __syncthreads();

  for (long long step = 0; step < march.count; step++) {
    const long long slot = layer - march.first;
    const bool more = step + 1 < march.count;
    const long long next = !more ? layer : BACKWARD ? layer - 1 : layer + 1;  // the last block is loaded again
    const long long far = BACKWARD ? layer - AHEAD : layer + AHEAD;
    if (far >= march.first && far <= last) {
      fetchIntoCache(march.inner + far * matrix, matrix);
      fetchIntoCache(march.outer + far * matrix, matrix);
      if (BACKWARD && threadIdx.x < hiddenWidth) {
        PREFETCH(
            march.hidden + ((far - march.first) * hiddenWidth + threadIdx.x) * row
            + static_cast<long long>(blockIdx.x) * EXAMPLES);
      }
    }
    const Branch<float> nextBranch = Branch<float>::of(march.scalars, march.scalarsPerBlock, next);
    if (march.streams != nullptr) {
      float* to = march.streams + slot * width * row + example;
#pragma unroll
      for (int q = 0; q < Outer::QUADS_EACH; q++) {
        const int d = Outer::column(q);
        if (Outer::owns(q) && (EXACT || d < width)) {
          keep(to + d * row, stream[q]);
        }
      }
    }

    inner.multiply(x, parts);
    __syncthreads();
#pragma unroll
    for (int q = 0; q < Inner::QUADS_EACH; q++) {
      const int m = Inner::column(q);
      if (Inner::owns(q)) {
        const bool inside = EXACT || m < hiddenWidth;
        const float4 sum = Inner::sum(parts, q);
        const long long at = (slot * hiddenWidth + m) * row + example;
        if (BACKWARD) {
          const float4 gradient = times(times(branch.alpha, sum), slope(activation, kept[q]));
          if (inside) {
            keep(march.hiddenGradients + at, gradient);
            kept[q] = quad(march.hidden + ((next - march.first) * hiddenWidth + m) * row + example);
          }
          quad(y + Inner::place(q)) = inside ? gradient : zeros();
        } else {
          const float4 h = activate(activation, plus(sum, branch.b2));
          if (inside && march.hidden != nullptr) {
            keep(march.hidden + at, h);
          }
          quad(y + Inner::place(q)) = inside ? plus(h, branch.b3) : zeros();
        }
      }
    }
    // Asked for after all that waits for older loads: it has half a block of the network to arrive.
    inner.load(march.inner + next * matrix, width, hiddenWidth);
    __syncthreads();

    outer.multiply(y, parts);
    __syncthreads();
#pragma unroll
    for (int q = 0; q < Outer::QUADS_EACH; q++) {
      const int d = Outer::column(q);
      if (Outer::owns(q) && (EXACT || d < width)) {
        const float4 sum = Outer::sum(parts, q);
        stream[q] = plus(stream[q], BACKWARD ? sum : times(branch.alpha, sum));
        quad(x + Outer::place(q)) = BACKWARD ? stream[q] : plus(stream[q], nextBranch.b1);
      }
    }
    outer.load(march.outer + next * matrix, hiddenWidth, width);
    __syncthreads();
    branch = nextBranch;
    layer = next;
  }

#pragma unroll
  for (int q = 0; q < Outer::QUADS_EACH; q++) {
    const int d = Outer::column(q);
    if (Outer::owns(q) && (EXACT || d < width)) {
      keep(march.output + d * row + example, stream[q]);
    }
  }
}

template <int D, int THREADS, bool BACKWARD>
__device__ __forceinline__ void throughLinearBlocks(const March& march) {
  using Square = Product<D, D, THREADS, false>;
  SHARED(float, shared);
  float* x = shared;  // [D, 8]
  float* parts = x + D * EXAMPLES;

  const int width = static_cast<int>(march.width);
  const int matrix = width * width;
  const long long row = march.examples;
  const long long example = static_cast<long long>(blockIdx.x) * EXAMPLES + Square::example();
  const long long last = march.first + march.count - 1;

  long long layer = BACKWARD ? last : march.first;
  Branch<float> branch = Branch<float>::of(march.scalars, march.scalarsPerBlock, layer);
  Square square;
  square.load(march.inner + layer * matrix, width, width);

  float4 stream[Square::QUADS_EACH];
#pragma unroll
  for (int q = 0; q < Square::QUADS_EACH; q++) {
    const int d = Square::column(q);
    stream[q] = zeros();
    if (Square::owns(q)) {
      if (d < width) {
        stream[q] = quad(march.input + d * row + example);
      }
      quad(x + Square::place(q)) = stream[q];
    }
  }
  __syncthreads();

  for (long long step = 0; step < march.count; step++) {
    const long long slot = layer - march.first;
    const bool more = step + 1 < march.count;
    const long long next = !more ? layer : BACKWARD ? layer - 1 : layer + 1;  // the last block is loaded again
    const long long far = BACKWARD ? layer - AHEAD : layer + AHEAD;
    if (far >= march.first && far <= last) {
      fetchIntoCache(march.inner + far * matrix, matrix);
    }
    const Branch<float> nextBranch = Branch<float>::of(march.scalars, march.scalarsPerBlock, next);
    if (march.streams != nullptr) {
      float* to = march.streams + slot * width * row + example;
#pragma unroll
      for (int q = 0; q < Square::QUADS_EACH; q++) {
        const int d = Square::column(q);
        if (Square::owns(q) && d < width) {
          keep(to + d * row, stream[q]);
        }
      }
    }
    square.multiply(x, parts);
    __syncthreads();
#pragma unroll
    for (int q = 0; q < Square::QUADS_EACH; q++) {
      const int d = Square::column(q);
      if (Square::owns(q) && d < width) {
        stream[q] = plus(stream[q], times(branch.alpha, Square::sum(parts, q)));
        quad(x + Square::place(q)) = stream[q];
      }
    }
    square.load(march.inner + next * matrix, width, width);
    __syncthreads();
    branch = nextBranch;
    layer = next;
  }

#pragma unroll
  for (int q = 0; q < Square::QUADS_EACH; q++) {
    const int d = Square::column(q);
    if (Square::owns(q) && d < width) {
      keep(march.output + d * row + example, stream[q]);
    }
  }
}

}  // namespace

// Marches for widths up to D and hidden widths up to M.
#define MARCH(D, M, THREADS)                                                                           \
  KERNEL(forward_##D##_##M, March, THREADS) { throughBlocks<D, M, THREADS, false, false>(arguments); } \
  KERNEL(backward_##D##_##M, March, THREADS) { throughBlocks<D, M, THREADS, true, false>(arguments); }

// Marches for these widths alone: addresses are constants, and no entry is asked whether it is inside.
#define EXACT_MARCH(D, M, THREADS)                                                                            \
  KERNEL(forward_##D##_##M##_exact, March, THREADS) { throughBlocks<D, M, THREADS, false, true>(arguments); } \
  KERNEL(backward_##D##_##M##_exact, March, THREADS) { throughBlocks<D, M, THREADS, true, true>(arguments); }

// Marches through linear blocks of widths up to D.
#define LINEAR_MARCH(D, THREADS)                                                                    \
  KERNEL(linear_forward_##D, March, THREADS) { throughLinearBlocks<D, THREADS, false>(arguments); } \
  KERNEL(linear_backward_##D, March, THREADS) { throughLinearBlocks<D, THREADS, true>(arguments); }
