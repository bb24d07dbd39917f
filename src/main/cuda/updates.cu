// nvcc: -fmad=false
// Steps down the gradient, to the bits of org.fathom4j.kernel.ParameterUpdate: every operation is rounded, in the
// order written there, so that nothing may be contracted.
//
//   u = f(g / N, state) + decay p        g := u        p := p - u
//
// A thread block's threads take neighbouring numbers.

#include "kernel.cuh"

namespace {

constexpr int THREADS = 256;

// Constants are doubles, rounded to T before they are used.
template <typename T>
struct Update {
  T* parameters;
  T* gradient;
  T* first;   // Nesterov's v, Adam's m
  T* second;  // Adam's v
  long long count;
  double examples;
  double rate;     // eta; Adam's step
  double beta1;    // Nesterov's momentum
  double beta2;
  double epsilon;
  double decay;
  long long hasDecay;
};

__device__ __forceinline__ float squareRoot(float x) { return sqrtf(x); }
__device__ __forceinline__ double squareRoot(double x) { return sqrt(x); }

__device__ __forceinline__ long long own() {
  return static_cast<long long>(blockIdx.x) * THREADS + threadIdx.x;
}

template <typename T>
__device__ __forceinline__ void descend(const Update<T>& update, long long i, T u) {
  const T p = update.parameters[i];
  if (update.hasDecay != 0) {
    u = static_cast<T>(update.decay) * p + u;
  }
  update.gradient[i] = u;
  update.parameters[i] = p - u;
}

template <typename T>
__device__ __forceinline__ void sgd(const Update<T>& update) {
  const long long i = own();
  if (i < update.count) {
    const T g = update.gradient[i] / static_cast<T>(update.examples);
    descend(update, i, g * static_cast<T>(update.rate));
  }
}

template <typename T>
__device__ __forceinline__ void nesterovs(const Update<T>& update) {
  const long long i = own();
  if (i < update.count) {
    const T momentum = static_cast<T>(update.beta1);
    const T g = update.gradient[i] / static_cast<T>(update.examples);
    const T kept = momentum * update.first[i];
    const T v = kept - static_cast<T>(update.rate) * g;
    update.first[i] = v;
    descend(update, i, kept + (-momentum - 1) * v);
  }
}

template <typename T>
__device__ __forceinline__ void adam(const Update<T>& update) {
  const long long i = own();
  if (i < update.count) {
    const T beta1 = static_cast<T>(update.beta1);
    const T beta2 = static_cast<T>(update.beta2);
    const T g = update.gradient[i] / static_cast<T>(update.examples);
    const T m = beta1 * update.first[i] + g * (1 - beta1);
    const T v = beta2 * update.second[i] + g * g * (1 - beta2);
    update.first[i] = m;
    update.second[i] = v;
    const T root = squareRoot(v);
    descend(update, i, m * static_cast<T>(update.rate) / (root + static_cast<T>(update.epsilon)));
  }
}

}  // namespace

KERNEL(sgd_float, Update<float>, THREADS) { sgd(arguments); }
KERNEL(sgd_double, Update<double>, THREADS) { sgd(arguments); }
KERNEL(nesterovs_float, Update<float>, THREADS) { nesterovs(arguments); }
KERNEL(nesterovs_double, Update<double>, THREADS) { nesterovs(arguments); }
KERNEL(adam_float, Update<float>, THREADS) { adam(arguments); }
KERNEL(adam_double, Update<double>, THREADS) { adam(arguments); }
