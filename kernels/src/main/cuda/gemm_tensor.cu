// Gemm on tensor cores: C = op(A) op(B) with factors rounded to TF32 or bf16 and sums
// in float32. The top of the ladder in ladder/gemm_*.cu; the tile is in tensor_tile.cuh.
//
// `storedA` and `storedB` are the lengths of stored rows, see gemm.cu. For bf16 the copy is always
// made: the product reads every element many times, each time half the bytes, and its copies to
// shared memory need not go through registers to be converted.
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
                                            int chunk) {
  Dense<T> left(a, TRANSPOSE_A ? k : m, storedA), right(b, TRANSPOSE_B ? n : k, storedB);
  DenseRows rows(c + (size_t)blockIdx.y * m * n, m, n);
  typedef Operands<T, TRANSPOSE_A, TRANSPOSE_B> O;
  tensor_tile<TILE, TILE, typename O::A, typename O::B>(left, right, rows, Part(m, n, k, TILE, TILE, chunk), a);
}

extern "C" __global__ void __launch_bounds__(128, 2) gemm_nn_bf16(const bf16 *a, const bf16 *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk) {
  gemm<bf16, false, false>(a, b, c, m, n, k, storedA, storedB, chunk);
}

extern "C" __global__ void __launch_bounds__(128, 2) gemm_nt_bf16(const bf16 *a, const bf16 *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk) {
  gemm<bf16, false, true>(a, b, c, m, n, k, storedA, storedB, chunk);
}

extern "C" __global__ void __launch_bounds__(128, 2) gemm_tn_bf16(const bf16 *a, const bf16 *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk) {
  gemm<bf16, true, false>(a, b, c, m, n, k, storedA, storedB, chunk);
}

extern "C" __global__ void __launch_bounds__(128, 2) gemm_tt_bf16(const bf16 *a, const bf16 *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk) {
  gemm<bf16, true, true>(a, b, c, m, n, k, storedA, storedB, chunk);
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

// Copies rows of `length` floats to rows of `stored` bf16, a multiple of 8, zeros behind. A thread
// writes 16 bytes.
extern "C" __global__ void pack_bf16(const float *from, bf16 *to, int rows, int length, int stored) {
  int pieces = stored / 8;
  long long n = (long long)rows * pieces;
  bool vectors = (size_t)from % 16 == 0 && length % 4 == 0;
  for (long long i = grid_thread(); i < n; i += grid_threads()) {
    int row = (int)(i / pieces), first = (int)(i % pieces) * 8;
    const float *p = from + (size_t)row * length + first;
    float v[8];
    if (vectors && first + 8 <= length) {
      *reinterpret_cast<float4 *>(v) = *reinterpret_cast<const float4 *>(p);
      *reinterpret_cast<float4 *>(v + 4) = *reinterpret_cast<const float4 *>(p + 4);
    } else {
      for (int e = 0; e < 8; e++) v[e] = first + e < length ? p[e] : 0.0f;
    }
    *reinterpret_cast<uint4 *>(to + i * 8) =
        make_uint4(pack_bf16x2(v[0], v[1]), pack_bf16x2(v[2], v[3]), pack_bf16x2(v[4], v[5]), pack_bf16x2(v[6], v[7]));
  }
}
