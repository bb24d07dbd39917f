// The activation functions of org.fathom4j.kernel.Activation, in its order.
#pragma once

enum Activation { IDENTITY, RELU, TANH, SIGMOID, SOFTPLUS };

__device__ __forceinline__ float exponential(float x) { return expf(x); }
__device__ __forceinline__ double exponential(double x) { return exp(x); }
__device__ __forceinline__ float exponentialLess1(float x) { return expm1f(x); }
__device__ __forceinline__ double exponentialLess1(double x) { return expm1(x); }
__device__ __forceinline__ float logarithmOf1Plus(float x) { return log1pf(x); }
__device__ __forceinline__ double logarithmOf1Plus(double x) { return log1p(x); }
__device__ __forceinline__ float hyperbolicTangent(float x) { return tanhf(x); }
__device__ __forceinline__ double hyperbolicTangent(double x) { return tanh(x); }

// sigma(a). NaN stays NaN: a diverged run must not look healthy.
template <typename T>
__device__ __forceinline__ T activate(int activation, T a) {
  switch (activation) {
    case RELU:
      return a > 0 ? a : (a != a ? a : T(0));
    case TANH:
      return hyperbolicTangent(a);
    case SIGMOID:
      return 1 / (1 + exponential(-a));
    case SOFTPLUS:
      return (a > 0 ? a : T(0)) + logarithmOf1Plus(exponential(a > 0 ? -a : a));
    default:
      return a;
  }
}

// sigma'(a), from h = sigma(a).
template <typename T>
__device__ __forceinline__ T slope(int activation, T h) {
  switch (activation) {
    case RELU:
      return h > 0 ? T(1) : T(0);
    case TANH:
      return 1 - h * h;
    case SIGMOID:
      return h * (1 - h);
    case SOFTPLUS:
      return -exponentialLess1(-h);
    default:
      return T(1);
  }
}
