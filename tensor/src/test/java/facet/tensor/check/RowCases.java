package facet.tensor.check;

import static facet.tensor.check.KernelCase.in;
import static facet.tensor.check.KernelCase.ints;
import static facet.tensor.check.KernelCase.out;
import static facet.tensor.check.KernelCase.outElementwise;
import static facet.tensor.check.KernelCase.outInts;

import facet.tensor.kernel.AdaptiveMargin;
import facet.tensor.kernel.Margin;
import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.RowKernels.AdaptiveGradient;
import facet.tensor.kernel.RowKernels.Cosines;
import facet.tensor.kernel.RowKernels.Hardest;
import facet.tensor.kernel.RowKernels.UnitRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/// Cases of [facet.tensor.kernel.RowKernels].
final class RowCases {
  private static final int[][] SIZES = { // rows, columns
    {0, 5}, {1, 1}, {1, 33}, {7, 8}, {8, 7}, {31, 1}, {33, 31}, {257, 7}, {5, 257}, {64, 512}
  };
  private static final double EPS = 0x1p-40; // exact in float32

  private RowCases() {}

  static List<KernelCase> all() {
    var cases = new ArrayList<KernelCase>();
    for (var size : SIZES) {
      normalize(cases, "", size[0], size[1], 1);
      dot(cases, "", size[0], size[1], 1);
      hardestNegative(cases, size[0], size[1]);
    }
    normalize(cases, " large", 7, 33, 1e4);
    normalize(cases, " tiny", 7, 33, 1e-30);
    normalize(cases, " zero", 7, 33, 0);
    dot(cases, " large", 7, 33, 1e4);
    dot(cases, " tiny", 7, 33, 1e-30);
    for (var kind : Margin.Kind.values()) {
      marginSoftmax(cases, kind, 0, 5, 64);
      marginSoftmax(cases, kind, 1, 1, 64);
      marginSoftmax(cases, kind, 7, 2, 30);
      marginSoftmax(cases, kind, 8, 31, 64);
      marginSoftmax(cases, kind, 33, 257, 64);
      marginSoftmax(cases, kind, 5, 5003, 32);
    }
    for (var kind : AdaptiveMargin.Kind.values()) {
      for (var size : new int[][] {{0, 5}, {1, 1}, {7, 2}, {8, 31}, {33, 257}}) {
        adaptiveMargin(cases, kind, size[0], size[1]);
      }
    }
    return cases;
  }

  private static void adaptiveMargin(
      List<KernelCase> cases, AdaptiveMargin.Kind kind, int rows, int classes) {
    var margin = new AdaptiveMargin(kind, kind == AdaptiveMargin.Kind.SPHEREFACE ? 4 : 0.5);
    var labels = Data.labels(rows, classes, 1);
    var c = cosines(rows, classes, labels);
    var p = Data.uniform(rows, -0.5, 0.8, 3);
    var label = String.format(Locale.ROOT, "%s %dx%d", kind, rows, classes);
    cases.add(
        KernelCase.of(
            "row.adaptiveMargin",
            label,
            (b, s) ->
                b.kernels()
                    .row()
                    .adaptiveMargin(
                        new Cosines(new Matrix(rows, classes, s[0]), s[1]), margin, s[2], s[3]),
            in(c),
            ints(labels),
            in(p),
            out(c.length, 1)));
    cases.add(
        KernelCase.of(
            "row.adaptiveMarginBackward",
            label,
            (b, s) ->
                b.kernels()
                    .row()
                    .adaptiveMarginBackward(
                        new Cosines(new Matrix(rows, classes, s[0]), s[1]),
                        margin,
                        s[2],
                        s[3],
                        new AdaptiveGradient(s[4], s[5])),
            in(c),
            ints(labels),
            in(p),
            in(Data.normal(c.length, 1, 4)),
            out(c.length, 1),
            out(rows, Math.sqrt(classes))));
  }

  private static void normalize(
      List<KernelCase> cases, String label, int rows, int columns, double values) {
    var x = Data.normal(rows * columns, values, 1);
    cases.add(
        KernelCase.of(
            "row.normalize",
            rows + "x" + columns + label,
            (b, s) ->
                b.kernels()
                    .row()
                    .normalize(new Matrix(rows, columns, s[0]), EPS, new UnitRows(s[1], s[2])),
            in(x),
            outElementwise(x.length),
            outElementwise(rows)));
    // Every third row was clamped: y = x / eps is short, and its norm eps.
    var unit = Data.unitRows(rows, columns, 2);
    cases.add(
        KernelCase.of(
            "row.normalizeBackward",
            rows + "x" + columns + label,
            (b, s) ->
                b.kernels()
                    .row()
                    .normalizeBackward(
                        new UnitRows(s[0], s[1]), EPS, new Matrix(rows, columns, s[2]), s[3]),
            in(Data.fill(x.length, i -> i / columns % 3 == 2 ? unit[i] / 2 : unit[i])),
            in(Data.fill(rows, r -> r % 3 == 2 ? EPS : 0.5 + r)),
            in(Data.normal(x.length, values, 3)),
            out(x.length, 4 * values)));
  }

  private static void dot(
      List<KernelCase> cases, String label, int rows, int columns, double values) {
    var a = Data.normal(rows * columns, values, 1);
    cases.add(
        KernelCase.of(
            "row.dot",
            rows + "x" + columns + label,
            (b, s) ->
                b.kernels()
                    .row()
                    .dot(new Matrix(rows, columns, s[0]), new Matrix(rows, columns, s[1]), s[2]),
            in(a),
            in(Data.normal(a.length, values, 2)),
            out(rows, values * values * Math.sqrt(columns))));
    cases.add(
        KernelCase.of(
            "row.dotBackward",
            rows + "x" + columns + label,
            (b, s) -> b.kernels().row().dotBackward(s[0], new Matrix(rows, columns, s[1]), s[2]),
            in(Data.normal(rows, 1, 3)),
            in(a),
            outElementwise(a.length)));
  }

  private static void hardestNegative(List<KernelCase> cases, int rows, int columns) {
    var label = rows + "x" + columns;
    var unit = Data.unitRows(rows, columns, 1);
    hardestNegative(cases, label + " pairs", rows, columns, unit, i -> i / 2);
    hardestNegative(cases, label + " every label once", rows, columns, unit, i -> -i);
    hardestNegative(cases, label + " one label", rows, columns, unit, i -> 7);
    hardestNegative(
        cases, label + " ties", rows, columns, Data.integers(unit.length, 1, 2), i -> i % 3);
    hardestNegative(
        cases, label + " all equal", rows, columns, Data.fill(unit.length, i -> 0.5), i -> i % 2);
    var random = new Random(3);
    var argmax = IntStream.range(0, rows).map(i -> other(i, rows, random)).toArray();
    cases.add(
        KernelCase.of(
            "row.hardestNegativeBackward",
            label,
            (b, s) ->
                b.kernels()
                    .row()
                    .hardestNegativeBackward(new Matrix(rows, columns, s[0]), s[1], s[2], s[3]),
            in(unit),
            ints(argmax),
            in(Data.normal(rows, 1, 4)),
            out(unit.length, 1)));
    cases.add(
        KernelCase.of(
            "row.hardestNegativeBackward",
            label + " all of one",
            (b, s) ->
                b.kernels()
                    .row()
                    .hardestNegativeBackward(new Matrix(rows, columns, s[0]), s[1], s[2], s[3]),
            in(unit),
            ints(IntStream.range(0, rows).map(i -> i == 0 ? -1 : 0).toArray()),
            in(Data.normal(rows, 1, 5)),
            out(unit.length, Math.sqrt(rows))));
  }

  /// Another row, or -1: no negative.
  private static int other(int i, int rows, Random random) {
    return rows < 2 || i % 5 == 4 ? -1 : (i + 1 + random.nextInt(rows - 1)) % rows;
  }

  private static void hardestNegative(
      List<KernelCase> cases,
      String label,
      int rows,
      int columns,
      double[] x,
      IntUnaryOperator labels) {
    cases.add(
        KernelCase.of(
            "row.hardestNegative",
            label,
            (b, s) ->
                b.kernels()
                    .row()
                    .hardestNegative(
                        new Matrix(rows, columns, s[0]), s[1], new Hardest(s[2], s[3])),
            in(x),
            ints(IntStream.range(0, rows).map(labels).toArray()),
            out(rows, 1),
            outInts(rows)));
  }

  private static void marginSoftmax(
      List<KernelCase> cases, Margin.Kind kind, int rows, int classes, double scale) {
    var margin = new Margin(kind, kind == Margin.Kind.COSFACE ? 0.35 : 0.5, scale);
    var labels = Data.labels(rows, classes, 1);
    var c = cosines(rows, classes, labels);
    var lse = logSumExp(margin, rows, classes, c, labels);
    var label = String.format(Locale.ROOT, "%s %dx%d", kind, rows, classes);
    cases.add(
        KernelCase.of(
            "row.marginSoftmax",
            label,
            (b, s) ->
                b.kernels()
                    .row()
                    .marginSoftmax(
                        new Cosines(new Matrix(rows, classes, s[0]), s[1]), margin, s[2], s[3]),
            in(c),
            ints(labels),
            out(rows, scale),
            out(1, scale)));
    // exp(z) of a z near the scale magnifies the rounding of z.
    cases.add(
        KernelCase.of(
                "row.marginSoftmaxBackward",
                label,
                (b, s) ->
                    b.kernels()
                        .row()
                        .marginSoftmaxBackward(
                            new Cosines(new Matrix(rows, classes, s[0]), s[1]),
                            margin,
                            s[2],
                            s[3],
                            s[4]),
                in(c),
                ints(labels),
                in(lse),
                in(0.7),
                out(c.length, scale / Math.max(rows, 1)))
            .tolerance(4));
  }

  /// Cosines from -1 to 1 whose targets are, in turn, exactly 1, exactly -1, next to 1, 0, typical.
  private static double[] cosines(int rows, int classes, int[] labels) {
    var c = Data.uniform(rows * classes, -1, 1, 2);
    for (var i = 0; i < rows; i++) {
      var at = i * classes + labels[i];
      switch (i % 7) {
        case 0 -> c[at] = 1;
        case 1 -> c[at] = -1;
        case 2 -> c[at] = 0.999999f;
        case 3 -> c[at] = 0;
        default -> {}
      }
    }
    return c;
  }

  private static double[] logSumExp(
      Margin margin, int rows, int classes, double[] c, int[] labels) {
    return Data.fill(
        rows,
        i -> {
          var sum = 0.0;
          for (var j = 0; j < classes; j++) {
            var cosine = c[i * classes + j];
            sum += Math.exp(margin.scale() * (j == labels[i] ? margin.psi(cosine) : cosine));
          }
          return Math.log(sum);
        });
  }
}
