// Elementwise kernels over bf16 tensors, and copies from and to float32; see pointwise.cuh.
#define TENSOR bf16
#define NAME(kernel) kernel##_bf16
#include "pointwise.cuh"

template <class FROM, class TO> static __device__ __forceinline__ void convert(int n, const FROM *x, TO *y) {
  unsigned pieces = (size_t)x % 16 == 0 && (size_t)y % 16 == 0 ? n / 4 : 0;
  for (unsigned i = grid_thread(); i < pieces; i += grid_threads()) {
    Piece<FROM, 4> in;
    in.load(x + (size_t)i * 4);
    float out[4] = {in[0], in[1], in[2], in[3]};
    Piece<TO, 4>::store(y + (size_t)i * 4, out);
  }
  for (unsigned i = pieces * 4 + grid_thread(); i < (unsigned)n; i += grid_threads()) store_element(y + i, load_element(x + i));
}

extern "C" __global__ void to_bf16(int n, const float *x, bf16 *y) { convert(n, x, y); }

extern "C" __global__ void from_bf16(int n, const bf16 *x, float *y) { convert(n, x, y); }
