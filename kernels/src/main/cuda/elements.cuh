// Tensors in memory: float, or bf16 for activations and their gradients on a device that trains in
// bf16. Arithmetic is in float everywhere; a store rounds to nearest even. Kernels for bf16 are in
// files named `*bf16*` or `*tensor*`, which are built for compute_80.
#pragma once
#include "common.cuh"

// A bfloat16 in memory: the upper half of a float.
struct bf16 {
  unsigned short bits;
};

#ifndef FACET_HOST
// Two floats, rounded to nearest even, as the two bf16 of a register; `low` has the lower address.
static __device__ __forceinline__ unsigned pack_bf16x2(float low, float high) {
  unsigned r;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
  return r;
}
#else
#include "elements_host.h"
#endif

static __device__ __forceinline__ float lower_half(unsigned pair) { return __uint_as_float(pair << 16); }
static __device__ __forceinline__ float upper_half(unsigned pair) { return __uint_as_float(pair & 0xffff0000u); }

// V neighbouring elements as they come from memory, to be in flight while others are; several
// elements are aligned to their size together. `[i]` is one of them, `store` writes floats.
template <class T, int V> struct Piece;

template <> struct Piece<float, 1> {
  float raw;
  __device__ __forceinline__ void load(const float *p) { raw = *p; }
  __device__ __forceinline__ float operator[](int) const { return raw; }
  static __device__ __forceinline__ void store(float *p, const float (&v)[1]) { *p = v[0]; }
};

template <> struct Piece<float, 4> {
  float4 raw;
  __device__ __forceinline__ void load(const float *p) { raw = *reinterpret_cast<const float4 *>(p); }
  __device__ __forceinline__ float operator[](int i) const { return i == 0 ? raw.x : i == 1 ? raw.y : i == 2 ? raw.z : raw.w; }
  static __device__ __forceinline__ void store(float *p, const float (&v)[4]) {
    *reinterpret_cast<float4 *>(p) = make_float4(v[0], v[1], v[2], v[3]);
  }
};

template <> struct Piece<bf16, 1> {
  unsigned short raw;
  __device__ __forceinline__ void load(const bf16 *p) { raw = p->bits; }
  __device__ __forceinline__ float operator[](int) const { return lower_half(raw); }
  static __device__ __forceinline__ void store(bf16 *p, const float (&v)[1]) { p->bits = (unsigned short)pack_bf16x2(v[0], 0); }
};

template <> struct Piece<bf16, 4> {
  uint2 raw;
  __device__ __forceinline__ void load(const bf16 *p) { raw = *reinterpret_cast<const uint2 *>(p); }
  __device__ __forceinline__ float operator[](int i) const {
    unsigned pair = i < 2 ? raw.x : raw.y;
    return i % 2 == 0 ? lower_half(pair) : upper_half(pair);
  }
  static __device__ __forceinline__ void store(bf16 *p, const float (&v)[4]) {
    *reinterpret_cast<uint2 *>(p) = make_uint2(pack_bf16x2(v[0], v[1]), pack_bf16x2(v[2], v[3]));
  }
};

template <> struct Piece<bf16, 8> {
  uint4 raw;
  __device__ __forceinline__ void load(const bf16 *p) { raw = *reinterpret_cast<const uint4 *>(p); }
  __device__ __forceinline__ float operator[](int i) const {
    unsigned pair = i < 2 ? raw.x : i < 4 ? raw.y : i < 6 ? raw.z : raw.w;
    return i % 2 == 0 ? lower_half(pair) : upper_half(pair);
  }
  static __device__ __forceinline__ void store(bf16 *p, const float (&v)[8]) {
    *reinterpret_cast<uint4 *>(p) = make_uint4(pack_bf16x2(v[0], v[1]), pack_bf16x2(v[2], v[3]),
                                               pack_bf16x2(v[4], v[5]), pack_bf16x2(v[6], v[7]));
  }
};

static __device__ __forceinline__ float load_element(const float *p) { return *p; }
static __device__ __forceinline__ float load_element(const bf16 *p) { return lower_half(p->bits); }
static __device__ __forceinline__ void store_element(float *p, float v) { *p = v; }
static __device__ __forceinline__ void store_element(bf16 *p, float v) { p->bits = (unsigned short)pack_bf16x2(v, 0); }
