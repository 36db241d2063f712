// CUDA C++ for g++: g++ -x c++ -include language.h kernel.cu. What kernels use of the language is
// here as macros and small functions over block.h; what they do not use is left out.
#pragma once

#include <cfloat>
#include <climits>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include "block.h"

#define FACET_HOST 1
#define __global__
#define __device__
#define __host__
#define __constant__
#define __shared__ static __attribute__((section("shared_memory,\"aw\",@nobits#")))
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) alignas(n)
#define DYNAMIC_SHARED(T, name) T *name = reinterpret_cast<T *>(host::grid.dynamic_shared)

#define threadIdx (host::grid.current->index)
#define blockIdx (host::grid.block)
#define blockDim (host::grid.block_size)
#define gridDim (host::grid.grid_size)
#define warpSize 32

// ---- vector types -------------------------------------------------------------------------------

struct alignas(8) float2 { float x, y; };
struct float3 { float x, y, z; };
struct alignas(16) float4 { float x, y, z, w; };
struct alignas(8) int2 { int x, y; };
struct alignas(16) int4 { int x, y, z, w; };
struct alignas(8) uint2 { unsigned x, y; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
static inline float2 make_float2(float x, float y) { return {x, y}; }
static inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
static inline int2 make_int2(int x, int y) { return {x, y}; }
static inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
static inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
static inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

// ---- barriers and warp operations ---------------------------------------------------------------

#define __syncthreads() ((void)host::barrier(__LINE__, 0))
#define __syncthreads_count(predicate) (host::barrier(__LINE__, predicate))
#define __syncthreads_or(predicate) (host::barrier(__LINE__, predicate) != 0)
#define __syncwarp(...) (host::sync_warp(__LINE__, ##__VA_ARGS__))
#define __shfl_sync(mask, v, ...) (host::shuffle(mask, v, __LINE__, ##__VA_ARGS__))
#define __shfl_xor_sync(mask, v, ...) (host::shuffle_xor(mask, v, __LINE__, ##__VA_ARGS__))
#define __shfl_down_sync(mask, v, ...) (host::shuffle_down(mask, v, __LINE__, ##__VA_ARGS__))
#define __shfl_up_sync(mask, v, ...) (host::shuffle_up(mask, v, __LINE__, ##__VA_ARGS__))
#define __ballot_sync(mask, predicate) (host::vote(mask, predicate, __LINE__))
#define __any_sync(mask, predicate) (host::vote(mask, predicate, __LINE__) != 0)
#define __all_sync(mask, predicate) (host::vote(mask, !(predicate), __LINE__) == 0)
#define __activemask() (host::grid.alive[host::grid.current->warp])
#define __threadfence() ((void)0)
#define __threadfence_block() ((void)0)

namespace host {

inline int lane() { return (int)grid.current->lane; }

inline void sync_warp(int line, unsigned mask = ~0u) { leave(arrive(SYNC, mask, line, nullptr, 0)); }

// The value of lane `source`, or one's own where that is outside [first, last].
template <class T>
T exchange(unsigned mask, T value, int source, int line, int first, int last) {
  static_assert(sizeof(T) <= 8, "a warp exchanges up to 8 bytes");
  Collective *c = arrive(SHUFFLE, mask, line, &value, sizeof(T));
  T result = value;
  if (source >= first && source <= last && (c->arrived >> source & 1)) {
    std::memcpy(&result, c->brought[source], sizeof(T));
  }
  leave(c);
  return result;
}

template <class T>
T shuffle(unsigned mask, T v, int line, int source, int width = 32) {
  int first = lane() & ~(width - 1);
  return exchange(mask, v, first + (source & (width - 1)), line, first, first + width - 1);
}
template <class T>
T shuffle_xor(unsigned mask, T v, int line, int bits, int width = 32) {
  return exchange(mask, v, lane() ^ bits, line, 0, (lane() & ~(width - 1)) + width - 1);
}
template <class T>
T shuffle_down(unsigned mask, T v, int line, int by, int width = 32) {
  int first = lane() & ~(width - 1);
  return exchange(mask, v, lane() + by, line, first, first + width - 1);
}
template <class T>
T shuffle_up(unsigned mask, T v, int line, int by, int width = 32) {
  int first = lane() & ~(width - 1);
  return exchange(mask, v, lane() - by, line, first, first + width - 1);
}

inline unsigned vote(unsigned mask, int predicate, int line) {
  unsigned mine = predicate != 0, result = 0;
  Collective *c = arrive(VOTE, mask, line, &mine, sizeof mine);
  for (int l = 0; l < 32; l++) {
    if (c->arrived >> l & 1) result |= c->brought[l][0] << l;
  }
  leave(c);
  return result;
}

}  // namespace host

// ---- atomics: there is one thread of the operating system, so any update is one -------------------

template <class T, class U>
T atomicAdd(T *p, U v) { T old = *p; *p = (T)(old + (T)v); return old; }
template <class T, class U>
T atomicMax(T *p, U v) { T old = *p; if (old < (T)v) *p = (T)v; return old; }
template <class T, class U>
T atomicMin(T *p, U v) { T old = *p; if ((T)v < old) *p = (T)v; return old; }
template <class T, class U>
T atomicExch(T *p, U v) { T old = *p; *p = (T)v; return old; }
template <class T, class U, class V>
T atomicCAS(T *p, U expected, V v) { T old = *p; if (old == (T)expected) *p = (T)v; return old; }

// ---- arithmetic ---------------------------------------------------------------------------------

template <class T>
T __ldg(const T *p) { return *p; }
template <class T>
T __ldcs(const T *p) { return *p; }
template <class T>
T __ldcg(const T *p) { return *p; }
template <class T>
void __stcs(T *p, T v) { *p = v; }
static inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
static inline float fast_exp(float x) { return expf(x); }
static inline float fast_log(float x) { return logf(x); }
#define __expf fast_exp
#define __logf fast_log
static inline float __fdividef(float a, float b) { return a / b; }
static inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
static inline float __fmul_rn(float a, float b) { return a * b; }
static inline float __fadd_rn(float a, float b) { return a + b; }
static inline float __int_as_float(int i) { float f; std::memcpy(&f, &i, 4); return f; }
static inline float __uint_as_float(unsigned i) { float f; std::memcpy(&f, &i, 4); return f; }
static inline int __float_as_int(float f) { int i; std::memcpy(&i, &f, 4); return i; }
static inline unsigned __float_as_uint(float f) { unsigned i; std::memcpy(&i, &f, 4); return i; }
static inline int __popc(unsigned x) { return __builtin_popcount(x); }
static inline int __ffs(int x) { return __builtin_ffs(x); }
static inline int __clz(int x) { return x ? __builtin_clz((unsigned)x) : 32; }
static inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((uint64_t)a * b >> 32); }
static inline int min(int a, int b) { return a < b ? a : b; }
static inline int max(int a, int b) { return a > b ? a : b; }
static inline unsigned min(unsigned a, unsigned b) { return a < b ? a : b; }
static inline unsigned max(unsigned a, unsigned b) { return a > b ? a : b; }
static inline long long min(long long a, long long b) { return a < b ? a : b; }
static inline long long max(long long a, long long b) { return a > b ? a : b; }
static inline float min(float a, float b) { return fminf(a, b); }
static inline float max(float a, float b) { return fmaxf(a, b); }

// ---- an index outside an array, a pointer that is not aligned (-fsanitize=bounds,alignment) --------

struct SanitizerReport {
  const char *file;
  unsigned line, column;
  void *type;
  unsigned char alignment;  // its logarithm
};
extern "C" __attribute__((visibility("hidden"), used)) inline void __ubsan_handle_out_of_bounds_abort(
    void *report, void *index) {
  host::fail("line %u: index %ld is outside the array", ((SanitizerReport *)report)->line, (long)index);
}
extern "C" __attribute__((visibility("hidden"), used)) inline void __ubsan_handle_type_mismatch_v1_abort(
    void *data, void *pointer) {
  auto report = (SanitizerReport *)data;
  host::fail("%s:%u: address %p is not aligned to %u bytes", report->file, report->line, pointer,
             1u << report->alignment);
}

// ---- the table of kernels -------------------------------------------------------------------------

namespace host {

template <class T>
static T value_at(const void *p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

// Calls a kernel with the arguments of cuLaunchKernel.
template <auto F, class S>
struct Call;
template <auto F, class... A>
struct Call<F, void (*)(A...)> {
  static constexpr int count = sizeof...(A);
  static constexpr int sizes[count + 1] = {(int)sizeof(A)..., 0};
  template <size_t... I>
  static void unpack(void **arguments, std::index_sequence<I...>) {
    F(value_at<A>(arguments[I])...);
  }
  static void body(void *arguments) { unpack((void **)arguments, std::index_sequence_for<A...>{}); }
};

static size_t static_shared() {
  return __start_shared_memory ? __stop_shared_memory - __start_shared_memory : 0;
}

}  // namespace host

#define KERNEL(k)                                                                      \
  {#k, host::Call<&k, decltype(&k)>::count, host::Call<&k, decltype(&k)>::sizes,       \
   &host::Call<&k, decltype(&k)>::body}

// The last line of a library: KERNELS(KERNEL(a), KERNEL(b)).
#define KERNELS(...)                                                                   \
  static const host::Kernel kernel_table[] = {__VA_ARGS__, {nullptr, 0, nullptr, nullptr}}; \
  extern "C" __attribute__((visibility("default"), used)) const host::Library facet_kernels = { \
      kernel_table, host::run_grid, host::static_shared};
