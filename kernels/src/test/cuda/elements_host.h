// Host twins of elements.cuh.
#pragma once

static inline unsigned pack_bf16x2(float low, float high) {
  auto round = [](float f) {
    unsigned x = __float_as_uint(f);
    return (x & 0x7fffffff) > 0x7f800000 ? 0x7fffu : (x + 0x7fff + (x >> 16 & 1)) >> 16;
  };
  return round(low) | round(high) << 16;
}
