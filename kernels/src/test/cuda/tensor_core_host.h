// Host twins of tensor_core.cuh, over cuda_host.h: fragments as the PTX ISA lays them out, and
// asynchronous copies that really arrive only at the wait, so that a missing one reads NaN.
#pragma once
#include <vector>

static inline unsigned pack_bf16x2(float low, float high) {
  auto round = [](float f) {
    unsigned x = __float_as_uint(f);
    return (x & 0x7fffffff) > 0x7f800000 ? 0x7fffu : (x + 0x7fff + (x >> 16 & 1)) >> 16;
  };
  return round(low) | round(high) << 16;
}

static inline unsigned round_tf32(unsigned bits) {
  bool finite = (bits & 0x7f800000) != 0x7f800000;
  return (finite ? bits + 0x1000 : bits) & 0xffffe000;
}

namespace fc {
// d += A * B of one mma.sync with `PER_WORD` elements in a register: 2 of bf16, 1 of TF32. Both
// kinds have A rows g, g + 8 and two halves of k in a[0..3], B column g in b[0..1].
template <int PER_WORD, class Element>
static void mma(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2], Element element, int line) {
  unsigned mine[6] = {a[0], a[1], a[2], a[3], b[0], b[1]};
  Coll *all = arrive(MMA, ~0u, line, mine, sizeof mine);
  int g = FC_LANE >> 2, t = FC_LANE & 3;
  for (int i = 0; i < 4; i++) {
    int lower = i >> 1, column = t * 2 + (i & 1);
    float sum = d[i];
    for (int half = 0; half < 2; half++)
      for (int q = 0; q < 4; q++)
        for (int e = 0; e < PER_WORD; e++)
          sum = fmaf(element(all->buf[g * 4 + q][lower + 2 * half], e), element(all->buf[column * 4 + q][4 + half], e), sum);
    d[i] = sum;
  }
  leave(all);
}

struct Copy {
  void *to;
  const void *from;
};
struct Copies {
  std::vector<std::vector<Copy>> groups{{}};  // the last one is open
};
inline Copies copies[MAX_THREADS];
}  // namespace fc

static inline void mma_bf16(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  fc::mma<2>(d, a, b, [](unsigned r, int e) { return __int_as_float((int)(e ? r & 0xffff0000u : r << 16)); }, __LINE__);
}

static inline void mma_tf32(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  // The hardware ignores the lower 13 bits.
  fc::mma<1>(d, a, b, [](unsigned r, int) { return __int_as_float((int)(r & 0xffffe000u)); }, __LINE__);
}

static inline void ldmatrix_rows(unsigned (&r)[4], const void *row, bool transposed, int line) {
  if ((uintptr_t)row % 16) fc::fail("ldmatrix: the address %p is not a multiple of 16", row);
  fc::Coll *all = fc::arrive(fc::MMA, ~0u, line, &row, sizeof row);
  for (int i = 0; i < 4; i++) {
    unsigned short half[2];
    for (int e = 0; e < 2; e++) {
      int y = transposed ? FC_LANE % 4 * 2 + e : FC_LANE / 4, x = transposed ? FC_LANE / 4 : FC_LANE % 4 * 2 + e;
      const unsigned short *from;
      memcpy(&from, all->buf[i * 8 + y], sizeof from);
      half[e] = from[x];
    }
    r[i] = half[0] | (unsigned)half[1] << 16;
  }
  fc::leave(all);
}
static inline void ldmatrix(unsigned (&r)[4], const void *row) { ldmatrix_rows(r, row, false, __LINE__); }
static inline void ldmatrix_transposed(unsigned (&r)[4], const void *row) { ldmatrix_rows(r, row, true, __LINE__); }

static inline void copy_async(void *to, const void *from, const void *) {
  if ((uintptr_t)to % 16 || (uintptr_t)from % 16) fc::fail("cp.async: %p or %p is not a multiple of 16", to, from);
  fc::copies[fc::rt.cur->lin].groups.back().push_back({to, from});
}
static inline void copy_async_commit() { fc::copies[fc::rt.cur->lin].groups.emplace_back(); }
template <int PENDING> static inline void copy_async_wait() {
  auto &groups = fc::copies[fc::rt.cur->lin].groups;
  while (groups.size() > PENDING + 1) {
    for (auto &c : groups.front()) c.from ? memcpy(c.to, c.from, 16) : memset(c.to, 0, 16);
    groups.erase(groups.begin());
  }
}
