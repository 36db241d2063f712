// Elementwise kernels over float32 tensors; see pointwise.cuh.
#include "pointwise.cuh"

extern "C" __global__ void fill(int n, float value, float *y) { set_all(n, value, y); }

extern "C" __global__ void add(int n, const float *a, const float *b, float *y) { add_tensors(n, a, b, y); }

extern "C" __global__ void subtract(int n, const float *a, const float *b, float *y) { subtract_tensors(n, a, b, y); }

extern "C" __global__ void multiply(int n, const float *a, const float *b, float *y) { multiply_tensors(n, a, b, y); }

extern "C" __global__ void divide(int n, const float *a, const float *b, float *y) { divide_tensors(n, a, b, y); }

extern "C" __global__ void exp_elements(int n, const float *x, float *y) { exp_of(n, x, y); }

extern "C" __global__ void log_elements(int n, const float *x, float *y) { log_of(n, x, y); }

extern "C" __global__ void relu(int n, const float *x, float *y) { relu_of(n, x, y); }

extern "C" __global__ void relu_backward(int n, const float *x, const float *dy, float *dx) { relu_gradient(n, x, dy, dx); }

extern "C" __global__ void axpy(int n, float alpha, const float *x, float *y) { add_scaled(n, alpha, x, y); }

extern "C" __global__ void scale(int n, float alpha, const float *x, float *y) { scaled(n, alpha, x, y); }

extern "C" __global__ void scale_by(int n, float alpha, const float *s, const float *x, float *y) {
  scaled(n, alpha * s[0], x, y);
}

extern "C" __global__ void broadcast(int n, float alpha, const float *s, float *y) { set_all(n, alpha * s[0], y); }

extern "C" __global__ void sum(int n, float alpha, const float *x, float *partial) { sum_shares(n, alpha, x, partial); }

extern "C" __global__ void add_bias(int rows, int columns, const float *x, const float *bias, float *y) {
  add_bias_to_rows(rows, columns, x, bias, y);
}

extern "C" __global__ void column_sum(int rows, int columns, const float *x, float *partial) {
  column_sums(rows, columns, x, partial);
}

extern "C" __global__ void prelu(int rows, int columns, const float *x, const float *slope, float *y) {
  prelu_forward(rows, columns, x, slope, y);
}

extern "C" __global__ void prelu_backward(int rows, int columns, const float *x, const float *slope, const float *dy, float *dx,
                                          float *partial) {
  prelu_gradient(rows, columns, x, slope, dy, dx, partial);
}

extern "C" __global__ void dropout(int n, int threshold, int low, int high, float factor, const float *x, float *y) {
  drop(n, threshold, low, high, factor, x, y);
}
