// Gemm in float32 on plain cores: C = op(A) op(B), all row-major. The top of the
// ladder in ladder/gemm_*.cu; the tile is in float_tile.cuh.
//
// Rows of A and B are stored with `storedA` and `storedB` elements, a multiple of 4, aligned to 16
// bytes; pack_float makes such copies.
//
// Grid: x over tiles of 128 x 128, y over splits of k (see Part). With several splits c is
// [splits, m, n], and sum_splits makes the result: in a fixed order, so that it is the same bit for
// bit every time. It also does what is seldom asked for: alpha op(A) op(B) + beta C.
#include "float_tile.cuh"

enum { TILE = 128 };

template <bool TRANSPOSE_A, bool TRANSPOSE_B> struct Fetch;
template <> struct Fetch<false, false> {
  typedef AlongK<TILE, Dense<float>> A;
  typedef AcrossK<TILE, Dense<float>> B;
};
template <> struct Fetch<false, true> {
  typedef AlongK<TILE, Dense<float>> A;
  typedef AlongK<TILE, Dense<float>> B;
};
template <> struct Fetch<true, false> {
  typedef AcrossK<TILE, Dense<float>> A;
  typedef AcrossK<TILE, Dense<float>> B;
};
template <> struct Fetch<true, true> {
  typedef AcrossK<TILE, Dense<float>> A;
  typedef AlongK<TILE, Dense<float>> B;
};

template <bool TRANSPOSE_A, bool TRANSPOSE_B>
static __device__ __forceinline__ void gemm(const float *a, const float *b, float *c, int m, int n, int k, int storedA,
                                            int storedB, int chunk) {
  Dense<float> left(a, TRANSPOSE_A ? k : m, storedA), right(b, TRANSPOSE_B ? n : k, storedB);
  DenseRows rows(c + (size_t)blockIdx.y * m * n, m, n);
  typedef Fetch<TRANSPOSE_A, TRANSPOSE_B> F;
  float_tile<8, 8, typename F::A, typename F::B>(left, right, rows, Part(m, n, k, TILE, TILE, chunk));
}

// a [m, k], b [k, n]
extern "C" __global__ void __launch_bounds__(256, 2) gemm_nn(const float *a, const float *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk) {
  gemm<false, false>(a, b, c, m, n, k, storedA, storedB, chunk);
}

// a [m, k], b [n, k]
extern "C" __global__ void __launch_bounds__(256, 2) gemm_nt(const float *a, const float *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk) {
  gemm<false, true>(a, b, c, m, n, k, storedA, storedB, chunk);
}

// a [k, m], b [k, n]
extern "C" __global__ void __launch_bounds__(256, 2) gemm_tn(const float *a, const float *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk) {
  gemm<true, false>(a, b, c, m, n, k, storedA, storedB, chunk);
}

// a [k, m], b [n, k]
extern "C" __global__ void __launch_bounds__(256, 2) gemm_tt(const float *a, const float *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk) {
  gemm<true, true>(a, b, c, m, n, k, storedA, storedB, chunk);
}

// c [rows, columns] = alpha * sum over splits of partials [splits, rows, stored] + beta c, of which
// the first `columns` of `stored` columns count. Without splits the product is zero.
extern "C" __global__ void sum_splits(const float *partials, int splits, int rows, int stored, int columns, float alpha, float beta, float *c) {
  int n = rows * columns;
  for (int i = grid_thread(); i < n; i += grid_threads()) {
    size_t from = stored == columns ? i : (size_t)(i / columns) * stored + i % columns;
    float sum = 0;
#pragma unroll 8
    for (int s = 0; s < splits; s++) sum += partials[from + (size_t)s * rows * stored];
    c[i] = alpha * sum + (beta == 0 ? 0.0f : beta * c[i]);
  }
}

// Copies rows of `length` floats to rows of `stored` floats, zeros behind.
extern "C" __global__ void pack_float(const float *from, float *to, int rows, int length, int stored) {
  long long n = (long long)rows * stored;
  for (long long i = grid_thread(); i < n; i += grid_threads()) {
    int row = (int)(i / stored), at = (int)(i % stored);
    to[i] = at < length ? from[(size_t)row * length + at] : 0.0f;
  }
}
