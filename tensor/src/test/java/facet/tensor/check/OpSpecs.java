package facet.tensor.check;

import static facet.tensor.check.OpSpec.Input.awayFromZero;
import static facet.tensor.check.OpSpec.Input.distinct;
import static facet.tensor.check.OpSpec.Input.normal;
import static facet.tensor.check.OpSpec.Input.scaled;
import static facet.tensor.check.OpSpec.Input.uniform;
import static facet.tensor.check.OpSpec.Input.unitRows;
import static facet.tensor.check.OpSpec.Input.values;

import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.op.Add;
import facet.tensor.op.AddBias;
import facet.tensor.op.AveragePool2d;
import facet.tensor.op.BatchNorm;
import facet.tensor.op.BatchNorm.Then;
import facet.tensor.op.Conv2d;
import facet.tensor.op.Div;
import facet.tensor.op.Dropout;
import facet.tensor.op.Exp;
import facet.tensor.op.GroupedConv2d;
import facet.tensor.op.HardestNegative;
import facet.tensor.op.Log;
import facet.tensor.op.MatMul;
import facet.tensor.op.MaxPool2d;
import facet.tensor.op.Mean;
import facet.tensor.op.Mul;
import facet.tensor.op.Normalize;
import facet.tensor.op.PRelu;
import facet.tensor.op.Relu;
import facet.tensor.op.Reshape;
import facet.tensor.op.RowDot;
import facet.tensor.op.RowNorm;
import facet.tensor.op.Scale;
import facet.tensor.op.ScaleChannels;
import facet.tensor.op.Sigmoid;
import facet.tensor.op.SliceRows;
import facet.tensor.op.Sub;
import facet.tensor.op.Sum;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The specs of all ops in `facet.tensor.op`. A new op gets its lines here; the build fails
/// without.
public final class OpSpecs {
  private OpSpecs() {}

  public static List<OpSpec> all() {
    return Stream.of(
            pointwise(), arithmetic(), matrices(), conv(), groupedConv(), norm(), pool(), rows())
        .flatMap(List::stream)
        .toList();
  }

  private static List<OpSpec> pointwise() {
    return List.of(
        OpSpec.of(Add.class, "matrix", s -> new Add(), normal(3, 5), normal(3, 5)),
        OpSpec.of(Add.class, "image", s -> new Add(), normal(2, 3, 3, 4), scaled(1e4, 2, 3, 3, 4)),
        OpSpec.of(Add.class, "nothing", s -> new Add(), normal(0, 5), normal(0, 5)),
        OpSpec.of(AddBias.class, "one row", s -> new AddBias(), normal(1, 7), normal(7)),
        OpSpec.of(AddBias.class, "rows", s -> new AddBias(), normal(33, 3), normal(3)),
        OpSpec.of(AddBias.class, "image", s -> new AddBias(), normal(2, 3, 2, 8), normal(8)),
        OpSpec.of(AddBias.class, "no rows", s -> new AddBias(), normal(0, 3), normal(3)),
        OpSpec.of(Scale.class, "vector", s -> new Scale(-2.5), normal(31)),
        OpSpec.of(Scale.class, "zero", s -> new Scale(0), normal(2, 4)),
        OpSpec.of(Scale.class, "tiny", s -> new Scale(3), scaled(1e-30, 8)).notSmooth(),
        OpSpec.of(Mean.class, "one element", s -> new Mean(), normal(1)),
        OpSpec.of(Mean.class, "image", s -> new Mean(), normal(2, 3, 3, 5)),
        OpSpec.of(Dropout.class, "rate 0.4", s -> new Dropout(0.4, 7), normal(9, 11)),
        OpSpec.of(Dropout.class, "rate 0", s -> new Dropout(0, 7), normal(5)),
        OpSpec.of(PRelu.class, "rows", s -> new PRelu(), awayFromZero(9, 7), normal(7)),
        OpSpec.of(PRelu.class, "image", s -> new PRelu(), awayFromZero(2, 3, 3, 4), normal(4)),
        OpSpec.of(
                PRelu.class,
                "at zero",
                s -> new PRelu(),
                values(Shape.of(2, 2), 0, -0.0, 1, -1),
                values(Shape.of(2), 0.25, -0.5))
            .notSmooth(),
        OpSpec.of(Reshape.class, "flatten", s -> new Reshape(Shape.of(2, 18)), normal(2, 3, 3, 2)),
        OpSpec.of(SliceRows.class, "middle", s -> new SliceRows(1, 3), normal(5, 3)),
        OpSpec.of(SliceRows.class, "all", s -> new SliceRows(0, 4), normal(4, 2, 3)),
        OpSpec.of(SliceRows.class, "none", s -> new SliceRows(2, 2), normal(4, 3)));
  }

  private static List<OpSpec> arithmetic() {
    return List.of(
        OpSpec.of(Sub.class, "matrix", s -> new Sub(), normal(3, 5), normal(3, 5)),
        OpSpec.of(Sub.class, "nothing", s -> new Sub(), normal(0, 5), normal(0, 5)),
        OpSpec.of(Mul.class, "matrix", s -> new Mul(), normal(3, 5), normal(3, 5)),
        OpSpec.of(Mul.class, "image", s -> new Mul(), normal(2, 3, 3, 4), normal(2, 3, 3, 4)),
        OpSpec.of(Div.class, "matrix", s -> new Div(), normal(3, 5), awayFromZero(3, 5)),
        OpSpec.of(Div.class, "33 elements", s -> new Div(), normal(33), uniform(1, 3, 33)),
        OpSpec.of(Exp.class, "matrix", s -> new Exp(), normal(5, 7)),
        OpSpec.of(Exp.class, "nothing", s -> new Exp(), normal(0)),
        OpSpec.of(Log.class, "matrix", s -> new Log(), uniform(0.2, 4, 5, 7)),
        OpSpec.of(Relu.class, "matrix", s -> new Relu(), awayFromZero(9, 7)),
        OpSpec.of(Relu.class, "at zero", s -> new Relu(), values(Shape.of(4), 0, -0.0, 1, -1))
            .notSmooth(),
        OpSpec.of(Sigmoid.class, "matrix", s -> new Sigmoid(), normal(5, 7)),
        OpSpec.of(Sigmoid.class, "flat ends", s -> new Sigmoid(), uniform(-80, 80, 33)).notSmooth(),
        OpSpec.of(
            ScaleChannels.class,
            "images",
            s -> new ScaleChannels(),
            normal(2, 3, 2, 5),
            normal(2, 1, 1, 5)),
        OpSpec.of(
            ScaleChannels.class,
            "no image",
            s -> new ScaleChannels(),
            normal(0, 3, 2, 5),
            normal(0, 1, 1, 5)),
        OpSpec.of(Sum.class, "one element", s -> new Sum(), normal(1)),
        OpSpec.of(Sum.class, "image", s -> new Sum(), normal(2, 3, 3, 5)),
        OpSpec.of(Sum.class, "nothing", s -> new Sum(), normal(0)));
  }

  private static List<OpSpec> matrices() {
    var specs = new ArrayList<OpSpec>();
    for (var ta : new boolean[] {false, true}) {
      for (var tb : new boolean[] {false, true}) {
        var a = ta ? new int[] {4, 3} : new int[] {3, 4};
        var b = tb ? new int[] {5, 4} : new int[] {4, 5};
        var label = (ta ? "transposed a" : "a") + " by " + (tb ? "transposed b" : "b");
        specs.add(OpSpec.of(MatMul.class, label, s -> new MatMul(ta, tb), normal(a), normal(b)));
      }
    }
    specs.add(
        OpSpec.of(
            MatMul.class, "one by one", s -> new MatMul(false, false), normal(1, 1), normal(1, 1)));
    specs.add(
        OpSpec.of(
            MatMul.class, "no rows", s -> new MatMul(false, true), normal(0, 4), normal(3, 4)));
    specs.add(
        OpSpec.of(
            MatMul.class, "inner 0", s -> new MatMul(false, false), normal(3, 0), normal(0, 2)));
    specs.add(
        OpSpec.of(
                MatMul.class,
                "large",
                s -> new MatMul(false, true),
                scaled(1e4, 33, 31),
                scaled(1e4, 17, 31))
            .notSmooth());
    return specs;
  }

  private static List<OpSpec> conv() {
    return List.of(
        conv("1x1", 1, 0, new int[] {2, 3, 3, 4}, new int[] {3, 1, 1, 4}),
        conv("1x1 stride 2", 2, 0, new int[] {1, 4, 5, 3}, new int[] {2, 1, 1, 3}),
        conv("3x3", 1, 1, new int[] {2, 4, 5, 2}, new int[] {3, 3, 3, 2}),
        conv("3x3 stride 2", 2, 1, new int[] {1, 5, 4, 2}, new int[] {2, 3, 3, 2}),
        conv("3x3 no padding", 1, 0, new int[] {1, 4, 3, 2}, new int[] {2, 3, 3, 2}),
        conv("3x3 on one pixel", 1, 1, new int[] {1, 1, 1, 3}, new int[] {2, 3, 3, 3}),
        conv("2x3 stride 3", 3, 1, new int[] {1, 5, 6, 1}, new int[] {2, 2, 3, 1}),
        conv("no image", 1, 1, new int[] {0, 4, 4, 2}, new int[] {2, 3, 3, 2}),
        conv("8 to 16 channels", 1, 1, new int[] {1, 7, 9, 8}, new int[] {16, 3, 3, 8}).notSmooth(),
        conv("33 channels stride 2", 2, 1, new int[] {1, 8, 7, 33}, new int[] {31, 3, 3, 33})
            .notSmooth());
  }

  private static List<OpSpec> groupedConv() {
    return List.of(
        groupedConv("3x3", 1, 1, new int[] {2, 4, 5, 3}, new int[] {3, 3, 3, 1}),
        groupedConv("3x3 stride 2", 2, 1, new int[] {1, 5, 4, 4}, new int[] {3, 3, 4, 1}),
        groupedConv("pairs of channels", 1, 1, new int[] {1, 4, 3, 4}, new int[] {3, 3, 4, 2}),
        groupedConv("one group", 2, 0, new int[] {1, 4, 4, 3}, new int[] {2, 3, 3, 3}),
        groupedConv("all of the image", 1, 0, new int[] {2, 3, 3, 5}, new int[] {3, 3, 5, 1}),
        groupedConv("no image", 1, 1, new int[] {0, 4, 4, 2}, new int[] {3, 3, 2, 1}));
  }

  private static OpSpec groupedConv(String label, int stride, int pad, int[] x, int[] w) {
    return OpSpec.of(
        GroupedConv2d.class, label, s -> new GroupedConv2d(stride, pad), normal(x), normal(w));
  }

  private static OpSpec conv(String label, int stride, int pad, int[] x, int[] w) {
    return OpSpec.of(Conv2d.class, label, s -> new Conv2d(stride, pad), normal(x), normal(w))
        .tolerance(4);
  }

  private static List<OpSpec> norm() {
    var specs = new ArrayList<OpSpec>();
    for (var training : new boolean[] {true, false}) {
      for (var then : Then.values()) {
        var label = then + (training ? " training" : " inference");
        specs.add(norm(label, then, training, 5, 4));
        specs.add(norm(label + " image", then, training, 2, 3, 2, 3));
      }
    }
    specs.add(norm("one row", Then.NOTHING, true, 1, 3).notSmooth().magnitude(1 / Math.sqrt(1e-5)));
    specs.add(norm("33 channels", Then.PRELU, true, 2, 4, 4, 33).notSmooth());
    specs.add(norm("no rows", Then.ADD, false, 0, 3));
    specs.add(
        OpSpec.of(
                BatchNorm.class,
                "constant channel",
                s -> batchNorm(s, Then.NOTHING, true, 2),
                values(Shape.of(3, 2), 3, 1, 3, 2, 3, 4),
                normal(2),
                normal(2))
            .notSmooth());
    return specs;
  }

  private static OpSpec norm(String label, Then then, boolean training, int... dims) {
    var channels = dims[dims.length - 1];
    var inputs = new ArrayList<OpSpec.Input>();
    inputs.add(normal(dims));
    inputs.add(awayFromZero(channels));
    inputs.add(awayFromZero(channels));
    switch (then) {
      case NOTHING -> {}
      case PRELU -> inputs.add(normal(channels));
      case ADD -> inputs.add(normal(dims));
    }
    return OpSpec.of(
        BatchNorm.class,
        label,
        s -> batchNorm(s, then, training, channels),
        inputs.toArray(OpSpec.Input[]::new));
  }

  private static BatchNorm batchNorm(Scope scope, Then then, boolean training, int channels) {
    return new BatchNorm(
        then,
        training,
        1e-5,
        0.1,
        filled(scope, Data.normal(channels, 1, 5)),
        filled(scope, Data.uniform(channels, 0.5, 2, 6)));
  }

  private static Tensor filled(Scope scope, double[] values) {
    return scope.of(Shape.of(values.length), values);
  }

  private static List<OpSpec> pool() {
    return List.of(
        OpSpec.of(AveragePool2d.class, "2x2", s -> new AveragePool2d(2, 2, 0), normal(2, 4, 5, 3)),
        OpSpec.of(
            AveragePool2d.class, "padded", s -> new AveragePool2d(3, 2, 1), normal(1, 5, 4, 2)),
        OpSpec.of(
            AveragePool2d.class, "global", s -> new AveragePool2d(4, 1, 0), normal(2, 4, 4, 3)),
        OpSpec.of(MaxPool2d.class, "2x2", s -> new MaxPool2d(2, 2, 0), distinct(2, 4, 5, 3)),
        OpSpec.of(MaxPool2d.class, "padded", s -> new MaxPool2d(3, 2, 1), distinct(1, 5, 4, 2)),
        OpSpec.of(MaxPool2d.class, "overlap", s -> new MaxPool2d(3, 1, 1), distinct(1, 4, 4, 8)),
        OpSpec.of(MaxPool2d.class, "one pixel", s -> new MaxPool2d(3, 2, 1), distinct(2, 1, 1, 3)),
        OpSpec.of(
                MaxPool2d.class,
                "ties",
                s -> new MaxPool2d(2, 2, 0),
                OpSpec.Input.of((n, seed) -> Data.integers(n, 1, seed), 1, 6, 6, 7))
            .notSmooth(),
        OpSpec.of(MaxPool2d.class, "no image", s -> new MaxPool2d(2, 2, 0), distinct(0, 4, 4, 3)));
  }

  private static List<OpSpec> rows() {
    return List.of(
        OpSpec.of(Normalize.class, "rows", s -> new Normalize(1e-12), normal(5, 7)),
        OpSpec.of(Normalize.class, "one column", s -> new Normalize(1e-12), awayFromZero(3, 1)),
        OpSpec.of(Normalize.class, "clamped", s -> new Normalize(4), uniform(-1, 1, 3, 5)),
        OpSpec.of(Normalize.class, "no rows", s -> new Normalize(1e-12), normal(0, 4)),
        OpSpec.of(Normalize.class, "large", s -> new Normalize(1e-12), scaled(1e4, 7, 33))
            .notSmooth(),
        OpSpec.of(
                Normalize.class,
                "zero and tiny rows",
                s -> new Normalize(1e-12),
                values(Shape.of(3, 3), 0, 0, 0, 1e-30, -1e-30, 0, 1, 2, 2))
            .notSmooth(),
        OpSpec.of(RowNorm.class, "rows", s -> new RowNorm(1e-4), normal(5, 7)),
        OpSpec.of(RowNorm.class, "no rows", s -> new RowNorm(1e-4), normal(0, 4)),
        OpSpec.of(RowNorm.class, "clamped", s -> new RowNorm(4), uniform(-1, 1, 3, 5)).notSmooth(),
        OpSpec.of(RowDot.class, "rows", s -> new RowDot(), normal(4, 6), normal(4, 6)),
        OpSpec.of(RowDot.class, "no rows", s -> new RowDot(), normal(0, 6), normal(0, 6)),
        OpSpec.of(RowDot.class, "cosines", s -> new RowDot(), unitRows(9, 65), unitRows(9, 65)),
        hardest("pairs", unitRows(6, 5), 0, 0, 1, 1, 2, 2),
        hardest("every label once", unitRows(5, 3), 4, 2, 7, 1, 0),
        hardest("one label", unitRows(4, 3), 3, 3, 3, 3),
        hardest("one row", unitRows(1, 3), 0),
        hardest("no rows", normal(0, 3)),
        OpSpec.of(
            HardestNegative.class,
            "groups of 3",
            scope -> new HardestNegative(scope.ints(0, 1, 0, 1, 2, 3, 4, 4, 4), 3),
            unitRows(9, 5)),
        hardest("33 rows", unitRows(33, 31), Data.labels(33, 9, 1)).notSmooth());
  }

  private static OpSpec hardest(String label, OpSpec.Input x, int... labels) {
    return OpSpec.of(HardestNegative.class, label, s -> new HardestNegative(s.ints(labels)), x);
  }

  /// Misuses and their messages.
  public static List<OpError> errors() {
    return List.of(
        OpError.of(
            s -> new Add(),
            "add: shapes differ: a [2, 3], b [3, 2]",
            Shape.of(2, 3),
            Shape.of(3, 2)),
        OpError.of(s -> new Sub(), "sub: shapes differ: a [2], b [1]", Shape.of(2), Shape.of(1)),
        OpError.of(s -> new Mul(), "mul: shapes differ: a [2], b [1]", Shape.of(2), Shape.of(1)),
        OpError.of(s -> new Div(), "div: shapes differ: a [2], b [1]", Shape.of(2), Shape.of(1)),
        OpError.of(
            s -> new AddBias(),
            "addBias: bias must be [3] for x [2, 3], is [2]",
            Shape.of(2, 3),
            Shape.of(2)),
        OpError.of(
            s -> new PRelu(),
            "pRelu: slope must be [3] for x [2, 3], is [1, 3]",
            Shape.of(2, 3),
            Shape.of(1, 3)),
        OpError.of(
            s -> new MatMul(false, true),
            "matMul: inner dimensions differ: a [2, 3], b [3, 4] transposed",
            Shape.of(2, 3),
            Shape.of(3, 4)),
        OpError.of(
            s -> new Conv2d(1, 1),
            "conv2d: weight expects 3 input channels, x has 4: x [32, 112, 112, 4] NHWC, weight"
                + " [64, 3, 3, 3] OHWI",
            Shape.of(32, 112, 112, 4),
            Shape.of(64, 3, 3, 3)),
        OpError.of(
            s -> new Conv2d(2, 0),
            "conv2d: the 3 x 3 window does not fit into the image with padding 0: x [1, 2, 5, 4]"
                + " NHWC, weight [8, 3, 3, 4] OHWI",
            Shape.of(1, 2, 5, 4),
            Shape.of(8, 3, 3, 4)),
        OpError.of(
            s -> new GroupedConv2d(1, 1),
            "groupedConv2d: weight must have the 4 channels of x in whole groups: x [1, 5, 5, 4]"
                + " NHWC, weight [3, 3, 4, 3] [kh, kw, c, per]",
            Shape.of(1, 5, 5, 4),
            Shape.of(3, 3, 4, 3)),
        OpError.of(
            s -> new ScaleChannels(),
            "scaleChannels: s must be [2, 1, 1, 4] for x [2, 5, 5, 4] NHWC, is [2, 4]",
            Shape.of(2, 5, 5, 4),
            Shape.of(2, 4)),
        OpError.of(
            s -> new MaxPool2d(3, 2, 0),
            "maxPool2d: the window 3 does not fit into the image with padding 0: x [1, 2, 5, 4]"
                + " NHWC",
            Shape.of(1, 2, 5, 4)),
        OpError.of(
            s -> new AveragePool2d(3, 2, 2),
            "averagePool2d: window 3 and stride 2 must be positive, pad 2 at most half the window",
            Shape.of(1, 5, 5, 4)),
        OpError.of(
            s -> batchNorm(s, Then.NOTHING, true, 4),
            "batchNorm: gamma must be [3] for x [2, 3], is [4]",
            Shape.of(2, 3),
            Shape.of(4),
            Shape.of(4)),
        OpError.of(
            s -> batchNorm(s, Then.NOTHING, true, 3),
            "batchNorm: there are no rows to take statistics of: x [0, 3]",
            Shape.of(0, 3),
            Shape.of(3),
            Shape.of(3)),
        OpError.of(
            s -> new Mean(), "mean: there is nothing to take the mean of: x [0]", Shape.of(0)),
        OpError.of(s -> new Dropout(1, 1), "dropout: rate 1.0 is not in [0, 1)", Shape.of(3)),
        OpError.of(
            s -> new Reshape(Shape.of(4)),
            "reshape: x [2, 3] has 6 elements, [4] has 4",
            Shape.of(2, 3)),
        OpError.of(
            s -> new SliceRows(1, 4), "sliceRows: rows 1 to 4 are not in x [3, 2]", Shape.of(3, 2)),
        OpError.of(s -> new Normalize(1e-12), "normalize: x must be [n, d], is [3]", Shape.of(3)),
        OpError.of(s -> new RowNorm(1e-4), "rowNorm: x must be [n, d], is [3]", Shape.of(3)),
        OpError.of(
            s -> new RowDot(),
            "rowDot: a and b must be matrices of one shape: a [2, 3], b [2, 4]",
            Shape.of(2, 3),
            Shape.of(2, 4)),
        OpError.of(
            s -> new HardestNegative(s.ints(1, 2)),
            "hardestNegative: there are 2 labels for x [3, 4]",
            Shape.of(3, 4)),
        OpError.of(
            s -> new HardestNegative(s.ints(1, 2, 3), 2),
            "hardestNegative: x [3, 4] has no whole number of groups of 2",
            Shape.of(3, 4)));
  }
}
