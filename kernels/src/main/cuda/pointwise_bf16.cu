// Elementwise kernels over bf16 tensors, and copies from and to float32; see pointwise.cuh.
#include "pointwise.cuh"

extern "C" __global__ void fill_bf16(int n, float value, bf16 *y) { set_all(n, value, y); }

extern "C" __global__ void add_bf16(int n, const bf16 *a, const bf16 *b, bf16 *y) { add_tensors(n, a, b, y); }

extern "C" __global__ void subtract_bf16(int n, const bf16 *a, const bf16 *b, bf16 *y) { subtract_tensors(n, a, b, y); }

extern "C" __global__ void multiply_bf16(int n, const bf16 *a, const bf16 *b, bf16 *y) { multiply_tensors(n, a, b, y); }

extern "C" __global__ void divide_bf16(int n, const bf16 *a, const bf16 *b, bf16 *y) { divide_tensors(n, a, b, y); }

extern "C" __global__ void exp_elements_bf16(int n, const bf16 *x, bf16 *y) { exp_of(n, x, y); }

extern "C" __global__ void log_elements_bf16(int n, const bf16 *x, bf16 *y) { log_of(n, x, y); }

extern "C" __global__ void relu_bf16(int n, const bf16 *x, bf16 *y) { relu_of(n, x, y); }

extern "C" __global__ void relu_backward_bf16(int n, const bf16 *x, const bf16 *dy, bf16 *dx) { relu_gradient(n, x, dy, dx); }

extern "C" __global__ void axpy_bf16(int n, float alpha, const bf16 *x, bf16 *y) { add_scaled(n, alpha, x, y); }

extern "C" __global__ void scale_bf16(int n, float alpha, const bf16 *x, bf16 *y) { scaled(n, alpha, x, y); }

extern "C" __global__ void scale_by_bf16(int n, float alpha, const float *s, const bf16 *x, bf16 *y) {
  scaled(n, alpha * s[0], x, y);
}

extern "C" __global__ void broadcast_bf16(int n, float alpha, const float *s, bf16 *y) { set_all(n, alpha * s[0], y); }

extern "C" __global__ void sum_bf16(int n, float alpha, const bf16 *x, float *partial) { sum_shares(n, alpha, x, partial); }

extern "C" __global__ void add_bias_bf16(int rows, int columns, const bf16 *x, const float *bias, bf16 *y) {
  add_bias_to_rows(rows, columns, x, bias, y);
}

extern "C" __global__ void column_sum_bf16(int rows, int columns, const bf16 *x, float *partial) {
  column_sums(rows, columns, x, partial);
}

extern "C" __global__ void prelu_bf16(int rows, int columns, const bf16 *x, const float *slope, bf16 *y) {
  prelu_forward(rows, columns, x, slope, y);
}

extern "C" __global__ void prelu_backward_bf16(int rows, int columns, const bf16 *x, const float *slope, const bf16 *dy, bf16 *dx,
                                          float *partial) {
  prelu_gradient(rows, columns, x, slope, dy, dx, partial);
}

extern "C" __global__ void dropout_bf16(int n, int threshold, int low, int high, float factor, const bf16 *x, bf16 *y) {
  drop(n, threshold, low, high, factor, x, y);
}

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
