package facet.tensor.check;

import static facet.tensor.check.KernelCase.in;
import static facet.tensor.check.KernelCase.out;

import facet.tensor.kernel.Conv2dShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Cases of [facet.tensor.kernel.ConvKernels].
final class ConvCases {
  private static final Conv2dShape[] SHAPES = { // n, h, w, c, o, kh, kw, stride, pad
    new Conv2dShape(0, 4, 4, 3, 5, 3, 3, 1, 1),
    new Conv2dShape(1, 1, 1, 1, 1, 1, 1, 1, 0),
    new Conv2dShape(2, 7, 5, 8, 31, 1, 1, 1, 0),
    new Conv2dShape(2, 7, 8, 33, 7, 1, 1, 2, 0),
    new Conv2dShape(1, 3, 3, 2, 3, 1, 1, 1, 1),
    new Conv2dShape(1, 1, 1, 3, 4, 3, 3, 1, 1),
    new Conv2dShape(1, 2, 3, 1, 1, 3, 3, 1, 1),
    new Conv2dShape(2, 7, 7, 8, 8, 3, 3, 1, 1),
    new Conv2dShape(3, 8, 9, 7, 33, 3, 3, 1, 1),
    new Conv2dShape(1, 31, 33, 3, 8, 3, 3, 1, 1),
    new Conv2dShape(2, 14, 14, 33, 31, 3, 3, 1, 1),
    new Conv2dShape(2, 20, 20, 16, 32, 3, 3, 1, 1),
    new Conv2dShape(2, 7, 7, 64, 64, 3, 3, 1, 1),
    new Conv2dShape(1, 5, 6, 7, 9, 3, 3, 1, 0),
    new Conv2dShape(1, 5, 6, 2, 3, 3, 3, 1, 2),
    new Conv2dShape(2, 8, 8, 16, 16, 3, 3, 2, 1),
    new Conv2dShape(1, 7, 9, 33, 8, 3, 3, 2, 1),
    new Conv2dShape(1, 9, 7, 8, 7, 5, 5, 1, 2),
    new Conv2dShape(1, 11, 12, 3, 8, 7, 7, 2, 3),
    new Conv2dShape(2, 6, 6, 4, 5, 2, 2, 2, 0),
    new Conv2dShape(1, 7, 8, 3, 2, 1, 3, 1, 1),
    new Conv2dShape(1, 9, 9, 2, 2, 2, 3, 3, 0),
    new Conv2dShape(2, 7, 7, 3, 257, 7, 7, 1, 0)
  };

  private ConvCases() {}

  static List<KernelCase> all() {
    var cases = new ArrayList<KernelCase>();
    for (var s : SHAPES) {
      add(cases, s, 1, "");
    }
    add(cases, new Conv2dShape(1, 7, 8, 8, 9, 3, 3, 1, 1), 1e4, " large values");
    add(cases, new Conv2dShape(1, 7, 8, 8, 9, 3, 3, 1, 1), 1e-18, " tiny values");
    add(cases, new Conv2dShape(1, 7, 8, 8, 9, 3, 3, 2, 1), 1e4, " large values");
    addFixed(cases, new Conv2dShape(2, 7, 7, 64, 64, 3, 3, 1, 1));
    addFixed(cases, new Conv2dShape(1, 8, 7, 17, 33, 3, 3, 1, 1));
    addFixed(cases, new Conv2dShape(2, 8, 8, 16, 16, 3, 3, 2, 1));
    return cases;
  }

  private static void addFixed(List<KernelCase> cases, Conv2dShape s) {
    cases.add(
        KernelCase.of(
                "conv.fixed",
                String.format(
                    Locale.ROOT,
                    "%dx%dx%dx%d to %d, stride %d",
                    s.n(),
                    s.h(),
                    s.w(),
                    s.c(),
                    s.o(),
                    s.stride()),
                (b, a) -> b.kernels().conv().fixed(a[1]).forward(s, a[0], a[2]),
                in(Data.normal(s.n() * s.h() * s.w() * s.c(), 1, 1)),
                in(Data.normal(s.o() * s.kh() * s.kw() * s.c(), 1, 2)),
                out(s.n() * s.oh() * s.ow() * s.o(), Math.sqrt(s.kh() * s.kw() * s.c())))
            .tolerance(4));
  }

  private static void add(List<KernelCase> cases, Conv2dShape s, double values, String extreme) {
    var label =
        String.format(
            Locale.ROOT,
            "%dx%dx%dx%d to %d, %dx%d stride %d pad %d%s",
            s.n(),
            s.h(),
            s.w(),
            s.c(),
            s.o(),
            s.kh(),
            s.kw(),
            s.stride(),
            s.pad(),
            extreme);
    var x = Data.normal(s.n() * s.h() * s.w() * s.c(), values, 1);
    var w = Data.normal(s.o() * s.kh() * s.kw() * s.c(), values, 2);
    var dy = Data.normal(s.n() * s.oh() * s.ow() * s.o(), values, 3);
    var product = values * values;
    var window = s.kh() * s.kw();
    // Winograd trades a few bits for speed: four times the tolerance.
    cases.add(
        KernelCase.of(
                "conv.forward",
                label,
                (b, a) -> b.kernels().conv().forward(s, a[0], a[1], a[2]),
                in(x),
                in(w),
                out(dy.length, product * Math.sqrt(window * s.c())))
            .tolerance(4));
    cases.add(
        KernelCase.of(
                "conv.backwardData",
                label,
                (b, a) -> b.kernels().conv().backwardData(s, a[0], a[1], a[2]),
                in(dy),
                in(w),
                out(x.length, product * Math.sqrt(window * s.o())))
            .tolerance(4));
    cases.add(
        KernelCase.of(
                "conv.backwardWeight",
                label,
                (b, a) -> b.kernels().conv().backwardWeight(s, a[0], a[1], a[2]),
                in(x),
                in(dy),
                out(w.length, product * Math.sqrt(s.n() * s.oh() * s.ow())))
            .tolerance(4));
  }
}
