// Convolution on the tensor cores of compute capability 9.0a, as implicit gemm in bf16 with sums in
// float32. The tile is in wgmma_tile.cuh, the operands there and in views.cuh. The `narrow` kernels have
// 64 columns, for layers with no more channels (of the result), the `wide` ones 256.
//
// Parameters and grid as in conv_tensor.cu, but that backward data takes the weight transposed, [c, kh, kw,
// o], so that k runs along its rows as in forward: see pack_transposed_bf16.
//
// Each kernel has one loop with wgmma: with two, of which it takes one, compilers of CUDA 12 let no product
// run beside another instruction (C7516).
#include "wgmma_tile.cuh"

template <int N>
static __device__ __forceinline__ void forward(const bf16 *x, const bf16 *w, float *y, const Conv &s, int outputs, int chunk, bool halves) {
  int pixels = s.n * s.oh * s.ow, k = s.kh * s.kw * s.c;
  TapsFirst order(s.kh * s.kw, s.c);
  DenseRows rows(y + (size_t)blockIdx.y * pixels * outputs, pixels, outputs, halves);
  wgmma_tile<N, WgmmaAlongK<Tile<N>::ROWS, Tile<N>::THREADS, AlongTaps<Windows<bf16>>>, WgmmaAlongK<N, Tile<N>::THREADS, AlongTaps<ForwardWeight>>>(
      AlongTaps<Windows<bf16>>{Windows<bf16>::of_input(x, s), order}, AlongTaps<ForwardWeight>{ForwardWeight(w, outputs, k), order}, rows,
      Part(pixels, outputs, k, Tile<N>::ROWS, N, chunk), x);
}

template <int N>
static __device__ __forceinline__ void backward_data(const bf16 *dy, const bf16 *w, float *dx, const Conv &s, int inputs, int chunk, bool halves) {
  Phase phase(s, blockIdx.z);
  int pixels = s.n * phase.rows * phase.columns, taps = phase.tapsY * phase.tapsX;
  Part part(s.n * ((s.h + s.stride - 1) / s.stride) * ((s.w + s.stride - 1) / s.stride), inputs, taps * s.o, Tile<N>::ROWS, N, chunk);
  if (part.m >= pixels) return;
  TapsFirst order(taps, s.o);
  PhaseRows rows(dx + (size_t)blockIdx.y * s.n * s.h * s.w * inputs, s, phase, inputs, halves);
  wgmma_tile<N, WgmmaAlongK<Tile<N>::ROWS, Tile<N>::THREADS, AlongTaps<Windows<bf16>>>, WgmmaAlongK<N, Tile<N>::THREADS, AlongTaps<TransposedWeight>>>(
      AlongTaps<Windows<bf16>>{Windows<bf16>::of_gradient(dy, s, phase), order},
      AlongTaps<TransposedWeight>{TransposedWeight(w, s, phase, inputs), order}, rows, part, dy);
}

// The tile's rows are (taps, c), its columns o: the transpose of dw.
template <int N>
static __device__ __forceinline__ void backward_weight(const bf16 *x, const bf16 *dy, float *dw, const Conv &s, int outputs, int chunk) {
  int pixels = s.n * s.oh * s.ow, columns = s.kh * s.kw * s.c;
  TransposedRows rows{dw + (size_t)blockIdx.y * outputs * columns, columns, outputs};
  wgmma_tile<N, WgmmaAcrossK<Tile<N>::ROWS, Tile<N>::THREADS, PlainK<Windows<bf16>>>, WgmmaAcrossK<N, Tile<N>::THREADS, PlainK<Dense<bf16>>>>(
      PlainK<Windows<bf16>>{Windows<bf16>::of_input(x, s)}, PlainK<Dense<bf16>>{Dense<bf16>(dy, pixels, s.o)}, rows,
      Part(columns, outputs, pixels, Tile<N>::ROWS, N, chunk), x);
}

#define GEOMETRY int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow
#define SHAPE Conv{n, h, wi, c, o, kh, kw, stride, pad, oh, ow}

#define TILE(N) __launch_bounds__(Tile<N>::THREADS, Tile<N>::BLOCKS)

// The three directions with tiles of N columns.
#define CONVOLUTION(SUFFIX, N)                                                                                      \
  extern "C" __global__ void TILE(N) conv_forward##SUFFIX(                                                          \
      const bf16 *x, const bf16 *w, float *y, GEOMETRY, int outputs, int chunk, int halves) {                       \
    forward<N>(x, w, y, SHAPE, outputs, chunk, halves);                                                             \
  }                                                                                                                 \
  extern "C" __global__ void TILE(N) conv_backward_data##SUFFIX(                                                    \
      const bf16 *dy, const bf16 *w, float *dx, GEOMETRY, int inputs, int chunk, int halves) {                      \
    backward_data<N>(dy, w, dx, SHAPE, inputs, chunk, halves);                                                      \
  }                                                                                                                 \
  extern "C" __global__ void TILE(N) conv_backward_weight##SUFFIX(                                                  \
      const bf16 *x, const bf16 *dy, float *dw, GEOMETRY, int outputs, int chunk) {                                 \
    backward_weight<N>(x, dy, dw, SHAPE, outputs, chunk);                                                           \
  }

CONVOLUTION(_narrow_wgmma, 64)
CONVOLUTION(_wgmma, 128)
CONVOLUTION(_wide_wgmma, 256)
