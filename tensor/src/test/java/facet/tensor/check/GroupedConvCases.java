package facet.tensor.check;

import static facet.tensor.check.KernelCase.in;
import static facet.tensor.check.KernelCase.out;

import facet.tensor.kernel.GroupedConvShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Cases of [facet.tensor.kernel.GroupedConvKernels].
final class GroupedConvCases {
  private static final GroupedConvShape[] SHAPES = { // n, h, w, c, per, kh, kw, stride, pad
    new GroupedConvShape(0, 4, 4, 3, 1, 3, 3, 1, 1),
    new GroupedConvShape(1, 1, 1, 1, 1, 1, 1, 1, 0),
    new GroupedConvShape(1, 1, 1, 7, 1, 3, 3, 1, 1),
    new GroupedConvShape(2, 7, 8, 8, 1, 3, 3, 1, 1),
    new GroupedConvShape(3, 8, 9, 33, 1, 3, 3, 1, 1),
    new GroupedConvShape(2, 7, 8, 31, 1, 3, 3, 2, 1),
    new GroupedConvShape(1, 8, 7, 16, 1, 3, 3, 2, 1),
    new GroupedConvShape(2, 7, 7, 257, 1, 7, 7, 1, 0),
    new GroupedConvShape(70, 4, 4, 24, 1, 4, 4, 1, 0),
    new GroupedConvShape(1, 9, 7, 3, 1, 2, 3, 4, 0),
    new GroupedConvShape(1, 5, 6, 8, 1, 3, 3, 1, 2),
    new GroupedConvShape(2, 7, 8, 32, 2, 3, 3, 1, 1),
    new GroupedConvShape(1, 8, 7, 34, 2, 3, 3, 2, 1),
    new GroupedConvShape(1, 6, 6, 33, 3, 3, 3, 1, 1),
    new GroupedConvShape(2, 5, 5, 8, 8, 3, 3, 2, 1),
    new GroupedConvShape(1, 20, 20, 64, 4, 3, 3, 1, 1)
  };

  private GroupedConvCases() {}

  static List<KernelCase> all() {
    var cases = new ArrayList<KernelCase>();
    for (var s : SHAPES) {
      add(cases, s, 1, "");
    }
    add(cases, new GroupedConvShape(1, 7, 8, 9, 1, 3, 3, 1, 1), 1e4, " large values");
    add(cases, new GroupedConvShape(1, 7, 8, 8, 2, 3, 3, 2, 1), 1e-18, " tiny values");
    return cases;
  }

  private static void add(
      List<KernelCase> cases, GroupedConvShape s, double values, String extreme) {
    var label =
        String.format(
            Locale.ROOT,
            "%dx%dx%dx%d in groups of %d, %dx%d stride %d pad %d%s",
            s.n(),
            s.h(),
            s.w(),
            s.c(),
            s.per(),
            s.kh(),
            s.kw(),
            s.stride(),
            s.pad(),
            extreme);
    var x = Data.normal(s.n() * s.h() * s.w() * s.c(), values, 1);
    var w = Data.normal(s.kh() * s.kw() * s.c() * s.per(), values, 2);
    var dy = Data.normal(s.n() * s.oh() * s.ow() * s.c(), values, 3);
    var sums = values * values * Math.sqrt(s.kh() * s.kw() * s.per());
    cases.add(
        KernelCase.of(
            "groupedconv.forward",
            label,
            (b, a) -> b.kernels().groupedConv().forward(s, a[0], a[1], a[2]),
            in(x),
            in(w),
            out(dy.length, sums)));
    cases.add(
        KernelCase.of(
            "groupedconv.backwardData",
            label,
            (b, a) -> b.kernels().groupedConv().backwardData(s, a[0], a[1], a[2]),
            in(dy),
            in(w),
            out(x.length, sums)));
    cases.add(
        KernelCase.of(
            "groupedconv.backwardWeight",
            label,
            (b, a) -> b.kernels().groupedConv().backwardWeight(s, a[0], a[1], a[2]),
            in(x),
            in(dy),
            out(w.length, values * values * Math.sqrt(s.n() * s.oh() * s.ow()))));
  }
}
