// Convolution on tensor cores, as implicit gemm over NHWC images and OHWI weights with factors
// rounded to TF32 or bf16 and sums in float32. The top of the ladder in ladder/conv_*.cu; the
// operands are in views.cuh, the tile in tensor_tile.cuh. The `narrow` kernels have a tile of 256 x
// 64, the 64 along the output channels (of the result), for layers that have no more.
//
// Parameters and grid as in conv.cu; with `halves` y and dx are bf16, which they can be where the sum
// is not split.
#include "tensor_tile.cuh"

template <class T, int M, int N>
static __device__ __forceinline__ void forward(const T *x, const T *w, float *y, const Conv &s, int outputs, int chunk, bool halves = false) {
  int pixels = s.n * s.oh * s.ow, k = s.kh * s.kw * s.c;
  Windows<T> windows = Windows<T>::of_input(x, s);
  Dense<T> weight(w, outputs, k);
  DenseRows rows(y + (size_t)blockIdx.y * pixels * outputs, pixels, outputs, halves);
  tensor_tile<M, N, TensorAlongK<M, Windows<T>>, TensorAlongK<N, Dense<T>>>(
      windows, weight, rows, Part(pixels, outputs, k, M, N, chunk), x);
}

template <class T, int M, int N>
static __device__ __forceinline__ void backward_data(const T *dy, const T *w, float *dx, const Conv &s, int outputs, int inputs, int chunk, bool halves = false) {
  Phase phase(s, blockIdx.z);
  int pixels = s.n * phase.rows * phase.columns, k = phase.tapsY * phase.tapsX * s.o;
  Part part(s.n * ((s.h + s.stride - 1) / s.stride) * ((s.w + s.stride - 1) / s.stride), inputs, k, M, N, chunk);
  if (part.m >= pixels) return;
  Windows<T> windows = Windows<T>::of_gradient(dy, s, phase);
  TapWeights<T> weight(w, s, phase, outputs);
  PhaseRows rows(dx + (size_t)blockIdx.y * s.n * s.h * s.w * inputs, s, phase, inputs, halves);
  tensor_tile<M, N, TensorAlongK<M, Windows<T>>, TensorAcrossK<N, TapWeights<T>>>(windows, weight, rows, part, dy);
}

template <class T, int M, int N>
static __device__ __forceinline__ void backward_weight(const T *x, const T *dy, float *dw, const Conv &s, int outputs, int chunk) {
  int pixels = s.n * s.oh * s.ow, columns = s.kh * s.kw * s.c;
  Dense<T> gradient(dy, pixels, s.o);
  Windows<T> windows = Windows<T>::of_input(x, s);
  DenseRows rows(dw + (size_t)blockIdx.y * outputs * columns, outputs, columns);
  tensor_tile<M, N, TensorAcrossK<M, Dense<T>>, TensorAcrossK<N, Windows<T>>>(
      gradient, windows, rows, Part(outputs, columns, pixels, M, N, chunk), x);
}


extern "C" __global__ void __launch_bounds__(128, 2) conv_forward_bf16(const bf16 *x, const bf16 *w, float *y, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int chunk, int halves) {
  forward<bf16, 128, 128>(x, w, y, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, chunk, halves);
}

extern "C" __global__ void __launch_bounds__(128, 2) conv_forward_narrow_bf16(const bf16 *x, const bf16 *w, float *y, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int chunk, int halves) {
  forward<bf16, 256, 64>(x, w, y, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, chunk, halves);
}

extern "C" __global__ void __launch_bounds__(128, 2) conv_backward_data_bf16(const bf16 *dy, const bf16 *w, float *dx, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int inputs, int chunk, int halves) {
  backward_data<bf16, 128, 128>(dy, w, dx, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, inputs, chunk, halves);
}

extern "C" __global__ void __launch_bounds__(128, 2) conv_backward_data_narrow_bf16(const bf16 *dy, const bf16 *w, float *dx, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int inputs, int chunk, int halves) {
  backward_data<bf16, 256, 64>(dy, w, dx, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, inputs, chunk, halves);
}

extern "C" __global__ void __launch_bounds__(128, 2) conv_backward_weight_bf16(const bf16 *x, const bf16 *dy, float *dw, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int chunk) {
  backward_weight<bf16, 128, 128>(x, dy, dw, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, chunk);
}

extern "C" __global__ void __launch_bounds__(128, 2) conv_backward_weight_narrow_bf16(const bf16 *x, const bf16 *dy, float *dw, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int chunk) {
  backward_weight<bf16, 64, 256>(x, dy, dw, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, chunk);
}

extern "C" __global__ void __launch_bounds__(128, 2) conv_forward_tf32(const float *x, const float *w, float *y, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int chunk) {
  forward<float, 128, 128>(x, w, y, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, chunk);
}

extern "C" __global__ void __launch_bounds__(128, 2) conv_forward_narrow_tf32(const float *x, const float *w, float *y, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int chunk) {
  forward<float, 256, 64>(x, w, y, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, chunk);
}

extern "C" __global__ void __launch_bounds__(128, 2) conv_backward_data_tf32(const float *dy, const float *w, float *dx, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int inputs, int chunk) {
  backward_data<float, 128, 128>(dy, w, dx, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, inputs, chunk);
}

extern "C" __global__ void __launch_bounds__(128, 2) conv_backward_data_narrow_tf32(const float *dy, const float *w, float *dx, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int inputs, int chunk) {
  backward_data<float, 256, 64>(dy, w, dx, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, inputs, chunk);
}

extern "C" __global__ void __launch_bounds__(128, 2) conv_backward_weight_tf32(const float *x, const float *dy, float *dw, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int chunk) {
  backward_weight<float, 128, 128>(x, dy, dw, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, chunk);
}

extern "C" __global__ void __launch_bounds__(128, 2) conv_backward_weight_narrow_tf32(const float *x, const float *dy, float *dw, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int chunk) {
  backward_weight<float, 64, 256>(x, dy, dw, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, chunk);
}
