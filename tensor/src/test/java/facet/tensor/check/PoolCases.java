package facet.tensor.check;

import static facet.tensor.check.KernelCase.in;
import static facet.tensor.check.KernelCase.ints;
import static facet.tensor.check.KernelCase.out;
import static facet.tensor.check.KernelCase.outElementwise;
import static facet.tensor.check.KernelCase.outInts;

import facet.tensor.IntArray;
import facet.tensor.kernel.Pool2dShape;
import facet.tensor.reference.DoubleStorage;
import facet.tensor.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Cases of [facet.tensor.kernel.PoolKernels].
final class PoolCases {
  private static final Pool2dShape[] SHAPES = { // n, h, w, c, kh, kw, stride, pad
    new Pool2dShape(0, 4, 4, 3, 2, 2, 2, 0),
    new Pool2dShape(1, 1, 1, 1, 1, 1, 1, 0),
    new Pool2dShape(2, 1, 1, 7, 3, 3, 2, 1),
    new Pool2dShape(2, 7, 8, 8, 2, 2, 2, 0),
    new Pool2dShape(1, 7, 8, 31, 2, 2, 2, 1),
    new Pool2dShape(2, 9, 8, 33, 3, 3, 2, 1),
    new Pool2dShape(1, 5, 6, 7, 3, 3, 1, 1),
    new Pool2dShape(2, 7, 7, 257, 7, 7, 1, 0),
    new Pool2dShape(2, 7, 7, 40, 7, 7, 1, 0),
    new Pool2dShape(1, 8, 9, 24, 6, 6, 2, 2),
    new Pool2dShape(1, 9, 7, 3, 2, 3, 4, 0),
    new Pool2dShape(3, 28, 28, 16, 2, 2, 2, 0)
  };

  private PoolCases() {}

  static List<KernelCase> all() {
    var cases = new ArrayList<KernelCase>();
    for (var s : SHAPES) {
      var length = s.n() * s.h() * s.w() * s.c();
      add(cases, s, Data.distinct(length, 1), "");
      add(cases, s, Data.integers(length, 1, 1), " ties");
    }
    var s = new Pool2dShape(1, 7, 8, 8, 3, 3, 2, 1);
    add(cases, s, Data.normal(7 * 8 * 8, 1e4, 1), " large values");
    add(cases, s, Data.normal(7 * 8 * 8, 1e-30, 1), " tiny values");
    add(cases, s, Data.fill(7 * 8 * 8, i -> -1e30), " all negative");
    return cases;
  }

  private static void add(List<KernelCase> cases, Pool2dShape s, double[] x, String extreme) {
    var label =
        String.format(
            Locale.ROOT,
            "%dx%dx%dx%d, %dx%d stride %d pad %d%s",
            s.n(),
            s.h(),
            s.w(),
            s.c(),
            s.kh(),
            s.kw(),
            s.stride(),
            s.pad(),
            extreme);
    var length = s.n() * s.oh() * s.ow() * s.c();
    var dy = Data.normal(length, 1, 2);
    cases.add(
        KernelCase.of(
            "pool.maxForward",
            label,
            (b, a) -> b.kernels().pooling().maxForward(s, a[0], a[1], a[2]),
            in(x),
            outElementwise(length),
            outInts(length)));
    cases.add(
        KernelCase.of(
            "pool.maxBackward",
            label,
            (b, a) -> b.kernels().pooling().maxBackward(s, a[0], a[1], a[2]),
            in(dy),
            ints(argmax(s, x)),
            out(x.length)));
    cases.add(
        KernelCase.of(
            "pool.averageForward",
            label,
            (b, a) -> b.kernels().pooling().averageForward(s, a[0], a[1]),
            in(x),
            out(length, Closeness.largest(x))));
    cases.add(
        KernelCase.of(
            "pool.averageBackward",
            label,
            (b, a) -> b.kernels().pooling().averageBackward(s, a[0], a[1]),
            in(dy),
            out(x.length)));
  }

  private static int[] argmax(Pool2dShape s, double[] x) {
    var length = s.n() * s.oh() * s.ow() * s.c();
    var argmax = IntArray.allocate(length);
    try (var reference = new ReferenceBackend()) {
      reference
          .kernels()
          .pooling()
          .maxForward(s, new DoubleStorage(x, 0, x.length), DoubleStorage.allocate(length), argmax);
    }
    return argmax.array();
  }
}
