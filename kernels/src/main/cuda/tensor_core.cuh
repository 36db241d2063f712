// The instructions that C++ has no words for: tensor cores and what feeds them. Each is a function;
// its twin for the host is in kernels/src/test/cuda/tensor_core_host.h.
#pragma once
#include "elements.cuh"

#ifndef FACET_HOST

// A float (its bits) rounded to TF32, which has 10 bits of mantissa.
static __device__ __forceinline__ unsigned round_tf32(unsigned bits) {
  unsigned r;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(r) : "f"(__uint_as_float(bits)));
  return r;
}

// d += A [16, 16] * B [16, 8] by a warp, bf16 times bf16 summed in float. With g = lane / 4 and
// t = lane % 4, d holds rows g, g, g + 8, g + 8 at columns 2t, 2t + 1, 2t, 2t + 1 (PTX ISA).
static __device__ __forceinline__ void mma_bf16(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// d += A [16, 8] * B [8, 8], TF32 times TF32 summed in float; d as above.
static __device__ __forceinline__ void mma_tf32(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

static __device__ __forceinline__ unsigned shared_address(const void *p) {
  return (unsigned)__cvta_generic_to_shared(p);
}

// Four matrices of 8 rows of 16 bytes. Lane l brings the address of row l % 8 of matrix l / 8 and
// gets, in r[i], the 4 bytes at 4 * (l % 4) of row l / 4 of matrix i.
static __device__ __forceinline__ void ldmatrix(unsigned (&r)[4], const void *row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row)));
}

// The same with each 8 x 8 matrix of 16-bit elements transposed on the way.
static __device__ __forceinline__ void ldmatrix_transposed(unsigned (&r)[4], const void *row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row)));
}

// Starts copying 16 bytes from global to shared memory, both aligned to 16; zeros where `from` is
// null. `any` is an address that may be read.
static __device__ __forceinline__ void copy_async(void *to, const void *from, const void *any) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from ? from : any),
               "r"(from ? 16 : 0));
}

// Ends a group of copies.
static __device__ __forceinline__ void copy_async_commit() { asm volatile("cp.async.commit_group;"); }

// Waits for this thread's groups but for the newest `PENDING` of them.
template <int PENDING> static __device__ __forceinline__ void copy_async_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(PENDING));
}

#else
#include "tensor_core_host.h"
#endif
