// The trainable scalars of a block, as org.fathom4j.kernel.BranchForm stores them.
#pragma once

template <typename T>
struct Branch {
  T alpha;
  T b1;
  T b2;
  T b3;

  // Of block `layer`; `perBlock` is 0, 1 or 4.
  static __device__ __forceinline__ Branch of(const T* scalars, long long perBlock, long long layer) {
    Branch branch = {T(1), T(0), T(0), T(0)};
    if (perBlock > 0) {
      const T* own = scalars + layer * perBlock;
      branch.alpha = __ldg(own);
      if (perBlock > 1) {
        branch.b1 = __ldg(own + 1);
        branch.b2 = __ldg(own + 2);
        branch.b3 = __ldg(own + 3);
      }
    }
    return branch;
  }
};
