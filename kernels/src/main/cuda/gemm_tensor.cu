// Gemm on tensor cores: C = op(A) op(B) with factors rounded to TF32 or bf16 and sums
// in float32. The top of the ladder in ladder/gemm_*.cu; the tile is in tensor_tile.cuh.
//
// `storedA` and `storedB` are the lengths of stored rows, see gemm.cu. For bf16 a copy of float operands
// is always made: the product reads every element many times, each time half the bytes, and its copies
// to shared memory need not go through registers to be converted. With `halves` c is bf16, which it can
// be where the sum is not split.
//
// Grid: x over tiles of 128 x 128, y over splits of k, as in gemm.cu.
#include "tensor_tile.cuh"

enum { TILE = 128 };

template <class T, bool TRANSPOSE_A, bool TRANSPOSE_B> struct Operands {
  typedef TensorAlongK<TILE, Dense<T>> A, B;
};
template <class T> struct Operands<T, false, false> {
  typedef TensorAlongK<TILE, Dense<T>> A;
  typedef TensorAcrossK<TILE, Dense<T>> B;
};
template <class T> struct Operands<T, true, false> {
  typedef TensorAcrossK<TILE, Dense<T>> A, B;
};
template <class T> struct Operands<T, true, true> {
  typedef TensorAcrossK<TILE, Dense<T>> A;
  typedef TensorAlongK<TILE, Dense<T>> B;
};

template <class T, bool TRANSPOSE_A, bool TRANSPOSE_B>
static __device__ __forceinline__ void gemm(const T *a, const T *b, float *c, int m, int n, int k, int storedA, int storedB,
                                            int chunk, bool halves = false) {
  Dense<T> left(a, TRANSPOSE_A ? k : m, storedA), right(b, TRANSPOSE_B ? n : k, storedB);
  DenseRows rows(c + (size_t)blockIdx.y * m * n, m, n, halves);
  typedef Operands<T, TRANSPOSE_A, TRANSPOSE_B> O;
  tensor_tile<TILE, TILE, typename O::A, typename O::B>(left, right, rows, Part(m, n, k, TILE, TILE, chunk), a);
}

extern "C" __global__ void __launch_bounds__(128, 2) gemm_nn_bf16(const bf16 *a, const bf16 *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk, int halves) {
  gemm<bf16, false, false>(a, b, c, m, n, k, storedA, storedB, chunk, halves);
}

extern "C" __global__ void __launch_bounds__(128, 2) gemm_nt_bf16(const bf16 *a, const bf16 *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk, int halves) {
  gemm<bf16, false, true>(a, b, c, m, n, k, storedA, storedB, chunk, halves);
}

extern "C" __global__ void __launch_bounds__(128, 2) gemm_tn_bf16(const bf16 *a, const bf16 *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk, int halves) {
  gemm<bf16, true, false>(a, b, c, m, n, k, storedA, storedB, chunk, halves);
}

extern "C" __global__ void __launch_bounds__(128, 2) gemm_tt_bf16(const bf16 *a, const bf16 *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk, int halves) {
  gemm<bf16, true, true>(a, b, c, m, n, k, storedA, storedB, chunk, halves);
}

extern "C" __global__ void __launch_bounds__(128, 2) gemm_nn_tf32(const float *a, const float *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk) {
  gemm<float, false, false>(a, b, c, m, n, k, storedA, storedB, chunk);
}

extern "C" __global__ void __launch_bounds__(128, 2) gemm_nt_tf32(const float *a, const float *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk) {
  gemm<float, false, true>(a, b, c, m, n, k, storedA, storedB, chunk);
}

extern "C" __global__ void __launch_bounds__(128, 2) gemm_tn_tf32(const float *a, const float *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk) {
  gemm<float, true, false>(a, b, c, m, n, k, storedA, storedB, chunk);
}

extern "C" __global__ void __launch_bounds__(128, 2) gemm_tt_tf32(const float *a, const float *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk) {
  gemm<float, true, true>(a, b, c, m, n, k, storedA, storedB, chunk);
}

// Copies rows of `length` elements to rows of `stored` bf16, a multiple of 8, zeros behind. A thread
// writes 16 bytes. Rows without zeros behind are one long row.
template <class T> static __device__ __forceinline__ void pack(const T *from, bf16 *to, int rows, int length, int stored) {
  int pieces = stored / 8;
  long long n = (long long)rows * pieces, end = length == stored ? n * 8 : length;
  bool vectors = (size_t)from % 16 == 0 && length % 4 == 0;
  for (long long i = grid_thread(); i < n; i += grid_threads()) {
    long long row = length == stored ? 0 : n <= 0x7fffffff ? (int)i / pieces : i / pieces, first = (i - row * pieces) * 8;
    const T *p = from + row * length + first;
    float v[8];
    if (vectors && first + 8 <= end) {
      Piece<T, 4> low, high;
      low.load(p);
      high.load(p + 4);
      for (int e = 0; e < 4; e++) {
        v[e] = low[e];
        v[4 + e] = high[e];
      }
    } else {
      for (int e = 0; e < 8; e++) v[e] = first + e < end ? load_element(p + e) : 0.0f;
    }
    Piece<bf16, 8>::store(to + i * 8, v);
  }
}

extern "C" __global__ void pack_bf16(const float *from, bf16 *to, int rows, int length, int stored) {
  pack(from, to, rows, length, stored);
}

// For activations whose rows are not aligned.
extern "C" __global__ void align_bf16(const bf16 *from, bf16 *to, int rows, int length, int stored) {
  pack(from, to, rows, length, stored);
}

// The transposes of `taps` matrices as bf16: from [rows, taps, columns] to [columns, taps, stored], zeros
// behind `rows`. `stored` is a multiple of 8. A block of 32 x 8 threads has 64 rows and 32 columns of a
// tap, which is blockIdx.y: it reads 128 bytes of a row at once and writes 128 of a column.
extern "C" __global__ void pack_transposed_bf16(const float *from, bf16 *to, int rows, int taps, int columns, int stored) {
  __shared__ float tile[64][33];
  int across = (columns + 31) / 32, tap = blockIdx.y;
  int row = blockIdx.x / across * 64, column = blockIdx.x % across * 32 + threadIdx.x;
#pragma unroll
  for (int y = 0; y < 64; y += 8) {
    int r = row + y + threadIdx.y;
    tile[y + threadIdx.y][threadIdx.x] = r < rows && column < columns ? from[((size_t)r * taps + tap) * columns + column] : 0.0f;
  }
  __syncthreads();
  row += 2 * threadIdx.x;
  column -= threadIdx.x;
#pragma unroll
  for (int x = 0; x < 32; x += 8) {
    int c = x + threadIdx.y;
    if (row < stored && column + c < columns) {
      *reinterpret_cast<unsigned *>(to + ((size_t)(column + c) * taps + tap) * stored + row) =
          pack_bf16x2(tile[2 * threadIdx.x][c], tile[2 * threadIdx.x + 1][c]);
    }
  }
}

// c [n] = alpha * sum over splits of partials [splits, n] + beta c, in bf16. Without splits the product
// is zero.
extern "C" __global__ void sum_splits_bf16(const float *partials, int splits, int n, float alpha, float beta, bf16 *c) {
  bool vectors = n % 4 == 0 && (size_t)c % 8 == 0 && (size_t)partials % 16 == 0;
  int step = vectors ? 4 : 1;
  for (unsigned i = grid_thread() * step; i < (unsigned)n; i += grid_threads() * step) {
    float v[4] = {};
    if (vectors) {
#pragma unroll 4
      for (int s = 0; s < splits; s++) {
        Piece<float, 4> p;
        p.load(partials + (size_t)s * n + i);
        for (int e = 0; e < 4; e++) v[e] += p[e];
      }
      for (int e = 0; e < 4; e++) v[e] = alpha * v[e] + (beta == 0 ? 0.0f : beta * load_element(c + i + e));
      Piece<bf16, 4>::store(c + i, v);
    } else {
      for (int s = 0; s < splits; s++) v[0] += partials[(size_t)s * n + i];
      store_element(c + i, alpha * v[0] + (beta == 0 ? 0.0f : beta * load_element(c + i)));
    }
  }
}
