// A libcublas.so.13 for tests: the one product that VendorGemm asks for, on the memory of the test
// driver. It shows that JCuda's half for cuBLAS 12 loads and that the order of arguments is right.
#include <cstddef>
#include <cstdlib>
#include <dlfcn.h>

#define API extern "C" __attribute__((visibility("default"))) int

// The driver's, which is loaded.
static int cuStreamSynchronize(void *stream) {
  static auto function = (int (*)(void *))dlsym(dlopen("libcuda.so.1", RTLD_NOW), "cuStreamSynchronize");
  return function(stream);
}

API cublasCreate_v2(void ***handle) {
  *handle = (void **)calloc(1, sizeof(void *));
  return 0;
}
API cublasDestroy_v2(void **handle) {
  free(handle);
  return 0;
}
API cublasSetStream_v2(void **handle, void *stream) {
  *handle = stream;
  return 0;
}

// Column-major: element (i, j) of a matrix with leading dimension ld is at i + j * ld.
static float at(const float *matrix, int ld, bool transposed, int i, int j) {
  return transposed ? matrix[j + (size_t)i * ld] : matrix[i + (size_t)j * ld];
}

API cublasGemmEx(void **handle, int transpose_a, int transpose_b, int m, int n, int k, const float *alpha,
                 const float *a, int, int lda, const float *b, int, int ldb, const float *beta, float *c, int,
                 int ldc, int, int) {
  if (int error = cuStreamSynchronize(*handle)) return error;
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < m; i++) {
      float sum = 0;
      for (int p = 0; p < k; p++) sum += at(a, lda, transpose_a, i, p) * at(b, ldb, transpose_b, p, j);
      float *to = &c[i + (size_t)j * ldc];
      *to = *alpha * sum + (*beta == 0 ? 0 : *beta * *to);
    }
  }
  return 0;
}
