package facet.tensor.check;

import static facet.tensor.check.KernelCase.in;
import static facet.tensor.check.KernelCase.inOut;
import static facet.tensor.check.KernelCase.out;
import static facet.tensor.check.KernelCase.outElementwise;

import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.PointwiseKernels.PReluGradient;
import java.util.ArrayList;
import java.util.List;

/// Cases of [facet.tensor.kernel.PointwiseKernels].
final class PointwiseCases {
  private static final int[][] MATRICES = { // rows, columns
    {0, 5}, {1, 1}, {1, 33}, {7, 8}, {8, 7}, {31, 1}, {33, 31}, {257, 7}, {5, 257}, {3000, 24}
  };

  private PointwiseCases() {}

  static List<KernelCase> all() {
    var cases = new ArrayList<KernelCase>();
    for (var n : KernelCases.SIZES) {
      elements(cases, n + " elements", n, 1);
    }
    elements(cases, "100003 elements", 100_003, 1);
    elements(cases, "33 large elements", 33, 1e4);
    elements(cases, "33 tiny elements", 33, 1e-30);
    for (var size : MATRICES) {
      rows(cases, size[0] + "x" + size[1], size[0], size[1], 1);
    }
    rows(cases, "31x9 large", 31, 9, 1e4);
    rows(cases, "31x9 tiny", 31, 9, 1e-30);
    cases.add(
        KernelCase.of(
            "pointwise.prelu",
            "zeros",
            (b, s) -> b.kernels().pointwise().prelu(new Matrix(2, 9, s[0]), s[1], s[2]),
            in(Data.fill(18, i -> i % 2 == 0 ? 0 : -0.0)),
            in(Data.normal(9, 1, 1)),
            outElementwise(18)));
    cases.add(
        KernelCase.of(
            "pointwise.preluBackward",
            "zeros",
            (b, s) ->
                b.kernels()
                    .pointwise()
                    .preluBackward(
                        new Matrix(2, 9, s[0]), s[1], s[2], new PReluGradient(s[3], s[4])),
            in(Data.fill(18, i -> i % 2 == 0 ? 0 : -0.0)),
            in(Data.normal(9, 1, 1)),
            in(Data.normal(18, 1, 2)),
            outElementwise(18),
            outElementwise(9)));
    return cases;
  }

  private static void elements(List<KernelCase> cases, String label, int n, double values) {
    var x = Data.normal(n, values, 1);
    var y = Data.normal(n, values, 2);
    var size = values * 4;
    cases.add(
        KernelCase.of(
            "pointwise.fill",
            label,
            (b, s) -> b.kernels().pointwise().fill(n, 0.1 * values, s[0]),
            outElementwise(n)));
    cases.add(
        KernelCase.of(
            "pointwise.copy",
            label,
            (b, s) -> b.kernels().pointwise().copy(n, s[0], s[1]),
            in(x),
            outElementwise(n)));
    cases.add(
        KernelCase.of(
            "pointwise.add",
            label,
            (b, s) -> b.kernels().pointwise().add(n, s[0], s[1], s[2]),
            in(x),
            in(y),
            out(n, size)));
    cases.add(
        KernelCase.of(
            "pointwise.subtract",
            label,
            (b, s) -> b.kernels().pointwise().subtract(n, s[0], s[1], s[2]),
            in(x),
            in(y),
            out(n, size)));
    cases.add(
        KernelCase.of(
            "pointwise.multiply",
            label,
            (b, s) -> b.kernels().pointwise().multiply(n, s[0], s[1], s[2]),
            in(x),
            in(Data.normal(n, 1, 3)),
            outElementwise(n)));
    cases.add(
        KernelCase.of(
            "pointwise.divide",
            label,
            (b, s) -> b.kernels().pointwise().divide(n, s[0], s[1], s[2]),
            in(x),
            in(Data.fill(n, i -> (i % 2 == 0 ? 1 : -1) * (0.1 + i % 7))),
            outElementwise(n)));
    cases.add(
        KernelCase.of(
            "pointwise.exp",
            label,
            (b, s) -> b.kernels().pointwise().exp(n, s[0], s[1]),
            in(Data.uniform(n, -80, 80, 3)),
            outElementwise(n)));
    cases.add(
        KernelCase.of(
            "pointwise.log",
            label,
            (b, s) -> b.kernels().pointwise().log(n, s[0], s[1]),
            in(Data.uniform(n, 0.01 * values, 4 * values, 3)),
            outElementwise(n)));
    cases.add(
        KernelCase.of(
            "pointwise.relu",
            label,
            (b, s) -> b.kernels().pointwise().relu(n, s[0], s[1]),
            in(x),
            outElementwise(n)));
    cases.add(
        KernelCase.of(
            "pointwise.reluBackward",
            label,
            (b, s) -> b.kernels().pointwise().reluBackward(n, s[0], s[1], s[2]),
            in(Data.fill(n, i -> i % 3 - 1)),
            in(x),
            outElementwise(n)));
    cases.add(
        KernelCase.of(
            "pointwise.reluBackward",
            label + " in place",
            (b, s) -> b.kernels().pointwise().reluBackward(n, s[0], s[1], s[1]),
            in(Data.fill(n, i -> i % 3 - 1)),
            inOut(x, 0)));
    cases.add(
        KernelCase.of(
            "pointwise.sigmoid",
            label,
            (b, s) -> b.kernels().pointwise().sigmoid(n, s[0], s[1]),
            in(Data.uniform(n, -80, 80, 3)),
            outElementwise(n)));
    cases.add(
        KernelCase.of(
            "pointwise.sigmoidBackward",
            label,
            (b, s) -> b.kernels().pointwise().sigmoidBackward(n, s[0], s[1], s[2]),
            in(Data.uniform(n, 0, 1, 3)),
            in(x),
            out(n, size)));
    cases.add(
        KernelCase.of(
            "pointwise.sigmoidBackward",
            label + " in place",
            (b, s) -> b.kernels().pointwise().sigmoidBackward(n, s[0], s[1], s[1]),
            in(Data.uniform(n, 0, 1, 3)),
            inOut(x, size)));
    cases.add(
        KernelCase.of(
            "pointwise.axpy",
            label,
            (b, s) -> b.kernels().pointwise().axpy(n, -1.7, s[0], s[1]),
            in(x),
            inOut(y, size)));
    cases.add(
        KernelCase.of(
            "pointwise.scale",
            label,
            (b, s) -> b.kernels().pointwise().scale(n, 0.3, s[0], s[1]),
            in(x),
            outElementwise(n)));
    cases.add(
        KernelCase.of(
            "pointwise.scaleBy",
            label,
            (b, s) -> b.kernels().pointwise().scaleBy(n, 0.3, s[0], s[1], s[2]),
            in(-2.5),
            in(x),
            outElementwise(n)));
    cases.add(
        KernelCase.of(
            "pointwise.broadcast",
            label,
            (b, s) -> b.kernels().pointwise().broadcast(n, 0.3, s[0], s[1]),
            in(-2.5 * values),
            outElementwise(n)));
    cases.add(
        KernelCase.of(
            "pointwise.sum",
            label,
            (b, s) -> b.kernels().pointwise().sum(n, 0.3, s[0], s[1]),
            in(x),
            out(1, values * Math.sqrt(n))));
    for (var rate : new double[] {0, 0.4, 0.9}) {
      cases.add(
          KernelCase.of(
              "pointwise.dropout",
              label + " rate " + rate,
              (b, s) -> b.kernels().pointwise().dropout(n, rate, 0x123456789abcdefL, s[0], s[1]),
              in(x),
              outElementwise(n)));
    }
  }

  private static void rows(
      List<KernelCase> cases, String label, int rows, int columns, double values) {
    var x = Data.normal(rows * columns, values, 1);
    var perColumn = Data.normal(columns, values, 2);
    var slope = Data.normal(columns, 1, 3);
    var dy = Data.normal(rows * columns, 1, 4);
    cases.add(
        KernelCase.of(
            "pointwise.addBias",
            label,
            (b, s) -> b.kernels().pointwise().addBias(new Matrix(rows, columns, s[0]), s[1], s[2]),
            in(x),
            in(perColumn),
            out(x.length, 4 * values)));
    for (var images : rows == 1 ? List.of(1) : List.of(1, rows % 2 == 0 ? 2 : rows)) {
      var factors = Data.normal(images * columns, 1, 5);
      cases.add(
          KernelCase.of(
              "pointwise.scaleChannels",
              label + " in " + images,
              (b, s) ->
                  b.kernels()
                      .pointwise()
                      .scaleChannels(images, new Matrix(rows, columns, s[0]), s[1], s[2]),
              in(x),
              in(factors),
              outElementwise(x.length)));
      cases.add(
          KernelCase.of(
              "pointwise.scaleChannelsBackward",
              label + " in " + images,
              (b, s) ->
                  b.kernels()
                      .pointwise()
                      .scaleChannelsBackward(images, new Matrix(rows, columns, s[0]), s[1], s[2]),
              in(x),
              in(dy),
              out(images * columns, values * Math.sqrt(Math.ceilDiv(rows, images)))));
    }
    cases.add(
        KernelCase.of(
            "pointwise.columnSum",
            label,
            (b, s) -> b.kernels().pointwise().columnSum(new Matrix(rows, columns, s[0]), s[1]),
            in(x),
            out(columns, values * Math.sqrt(rows))));
    cases.add(
        KernelCase.of(
            "pointwise.prelu",
            label,
            (b, s) -> b.kernels().pointwise().prelu(new Matrix(rows, columns, s[0]), s[1], s[2]),
            in(x),
            in(slope),
            outElementwise(x.length)));
    cases.add(
        KernelCase.of(
            "pointwise.preluBackward",
            label,
            (b, s) ->
                b.kernels()
                    .pointwise()
                    .preluBackward(
                        new Matrix(rows, columns, s[0]), s[1], s[2], new PReluGradient(s[3], s[4])),
            in(x),
            in(slope),
            in(dy),
            outElementwise(x.length),
            out(columns, values * Math.sqrt(rows))));
  }
}
