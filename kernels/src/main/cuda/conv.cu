// Convolution in float32 on plain cores, as implicit gemm over NHWC images and OHWI weights: any
// kernel size, stride and padding. The top of the ladder in ladder/conv_*.cu; the operands are in
// views.cuh, the tile in float_tile.cuh. The `narrow` kernels have a tile of 64 along the output
// channels (of the result), for layers that have no more.
//
// `c` and `o` count channels as stored: images and weights are [.., c], gradients [.., o], both
// multiples of 16 bytes and aligned, zeros behind the true channels; the weight has its true number
// of rows. Results are packed: y [pixels, outputs], dx [pixels, inputs]; but dw is [outputs, kh kw
// c], whose columns sum_splits picks.
//
// Grid: x over tiles, y over splits of the sum (see Part), z over phases in backward data. With
// several splits the result has them as a further first axis, for sum_splits.
#include "float_tile.cuh"

enum { TILE = 128 };

template <int TN>
static __device__ __forceinline__ void forward(const float *x, const float *w, float *y, const Conv &s, int outputs, int chunk) {
  int pixels = s.n * s.oh * s.ow, k = s.kh * s.kw * s.c;
  Windows<float> windows = Windows<float>::of_input(x, s);
  Dense<float> weight(w, outputs, k);
  DenseRows rows(y + (size_t)blockIdx.y * pixels * outputs, pixels, outputs);
  float_tile<8, TN, AlongK<TILE, Windows<float>>, AlongK<16 * TN, Dense<float>>>(
      windows, weight, rows, Part(pixels, outputs, k, TILE, 16 * TN, chunk));
}

template <int TN>
static __device__ __forceinline__ void backward_data(const float *dy, const float *w, float *dx, const Conv &s, int outputs, int inputs, int chunk) {
  Phase phase(s, blockIdx.z);
  int pixels = s.n * phase.rows * phase.columns, k = phase.tapsY * phase.tapsX * s.o;
  Part part(s.n * ((s.h + s.stride - 1) / s.stride) * ((s.w + s.stride - 1) / s.stride), inputs, k, TILE, 16 * TN, chunk);
  if (part.m >= pixels) return;
  Windows<float> windows = Windows<float>::of_gradient(dy, s, phase);
  TapWeights<float> weight(w, s, phase, outputs);
  PhaseRows rows(dx + (size_t)blockIdx.y * s.n * s.h * s.w * inputs, s, phase, inputs);
  float_tile<8, TN, AlongK<TILE, Windows<float>>, AcrossK<16 * TN, TapWeights<float>>>(windows, weight, rows, part);
}

template <int TM>
static __device__ __forceinline__ void backward_weight(const float *x, const float *dy, float *dw, const Conv &s, int outputs, int chunk) {
  int pixels = s.n * s.oh * s.ow, columns = s.kh * s.kw * s.c;
  Dense<float> gradient(dy, pixels, s.o);
  Windows<float> windows = Windows<float>::of_input(x, s);
  DenseRows rows(dw + (size_t)blockIdx.y * outputs * columns, outputs, columns);
  float_tile<TM, 8, AcrossK<16 * TM, Dense<float>>, AcrossK<TILE, Windows<float>>>(
      gradient, windows, rows, Part(outputs, columns, pixels, 16 * TM, TILE, chunk));
}

extern "C" __global__ void __launch_bounds__(256, 2) conv_forward(const float *x, const float *w, float *y, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int chunk) {
  forward<8>(x, w, y, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, chunk);
}

extern "C" __global__ void __launch_bounds__(256, 2) conv_forward_narrow(const float *x, const float *w, float *y, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int chunk) {
  forward<4>(x, w, y, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, chunk);
}

extern "C" __global__ void __launch_bounds__(256, 2) conv_backward_data(const float *dy, const float *w, float *dx, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int inputs, int chunk) {
  backward_data<8>(dy, w, dx, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, inputs, chunk);
}

extern "C" __global__ void __launch_bounds__(256, 2) conv_backward_data_narrow(const float *dy, const float *w, float *dx, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int inputs, int chunk) {
  backward_data<4>(dy, w, dx, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, inputs, chunk);
}

extern "C" __global__ void __launch_bounds__(256, 2) conv_backward_weight(const float *x, const float *dy, float *dw, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int chunk) {
  backward_weight<8>(x, dy, dw, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, chunk);
}

extern "C" __global__ void __launch_bounds__(256, 2) conv_backward_weight_narrow(const float *x, const float *dy, float *dw, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow, int outputs, int chunk) {
  backward_weight<4>(x, dy, dw, Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}, outputs, chunk);
}
