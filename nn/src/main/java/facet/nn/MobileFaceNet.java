package facet.nn;

import static facet.tensor.ShapeException.require;

import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.AddBias;
import facet.tensor.op.MatMul;
import facet.tensor.op.Reshape;
import java.util.ArrayList;
import java.util.List;

/// MobileFaceNet (Chen et al. 2018), layer for layer and name for name as insightface's
/// arcface_torch builds it: inverted bottlenecks with depthwise convolutions, PReLU, and at the end
/// a depthwise convolution over all of the image instead of a mean:
///
///     layers.0 3x3 stride 2, layers.1                [n, size/2, size/2, width]
///     layers.2 stride 2, layers.3                    [n, size/4, size/4, width]
///     layers.4 stride 2, layers.5                    [n, size/8, size/8, 2 width]
///     layers.6 stride 2, layers.7                    [n, size/16, size/16, 2 width]
///     conv_sep 1x1, features.layers.0 (whole image)  [n, 1, 1, 4 expansion]
///     features.layers.2 (linear), .3 (batch norm)    [n, embedding]
///
/// A bottleneck widens by a 1x1 convolution, convolves each channel by itself, narrows by a 1x1
/// convolution without a PReLU behind it, and adds its input where it keeps the shape.
public final class MobileFaceNet implements Network {
  private final MobileFaceNetSpec spec;
  private final List<Part> parts = new ArrayList<>();
  private final Linear linear;
  private final BatchNormalization norm;

  private record Part(List<ConvolutionUnit> units, boolean residual) {}

  public MobileFaceNet(Parameters p, MobileFaceNetSpec spec) {
    this.spec = spec;
    for (var part : spec.parts()) {
      var units = part.units().stream().map(unit -> new ConvolutionUnit(p, unit)).toList();
      parts.add(new Part(units, part.residual()));
    }
    linear = Linear.unbiased(p, "features.layers.2", spec.last(), spec.embedding());
    norm = new BatchNormalization(p, "features.layers.3", spec.embedding());
  }

  @Override
  public MobileFaceNetSpec spec() {
    return spec;
  }

  @Override
  public Tensor forward(Tape tape, Tensor images) {
    requireImages(images.shape());
    var x = images;
    for (var part : parts) {
      var in = x;
      var y = tape.tidy(() -> forward(tape, part, in));
      if (!tape.training() && in != images) {
        tape.release(in);
      }
      x = y;
    }
    var last = x;
    var flat = Shape.of(last.shape().dim(0), spec.last());
    var y =
        tape.tidy(
            () -> norm.forward(tape, linear.forward(tape, tape.apply(new Reshape(flat), last))));
    if (!tape.training()) {
      tape.release(last);
    }
    return y;
  }

  private static Tensor forward(Tape tape, Part part, Tensor x) {
    var y = x;
    var units = part.units();
    for (var unit : units.subList(0, units.size() - 1)) {
      y = unit.forward(tape, y);
    }
    return part.residual()
        ? units.getLast().forwardAdd(tape, y, x)
        : units.getLast().forward(tape, y);
  }

  private void requireImages(Shape s) {
    require(
        s.rank() == 4 && s.dim(1) == spec.size() && s.dim(2) == spec.size() && s.dim(3) == 3,
        "mobileFaceNet",
        "images must be [n, %s, %s, 3] NHWC, are %s",
        spec.size(),
        spec.size(),
        s);
  }

  @Override
  public Layer folded(Scope scope) {
    var folded =
        parts.stream()
            .map(
                part ->
                    new FoldedPart(
                        part.units().stream().map(unit -> unit.folded(scope)).toList(),
                        part.residual()))
            .toList();
    var last = linear.folded(scope, Affine.identity(spec.last()), norm.affine());
    return new Folded(spec.last(), folded, last.weight(), last.bias());
  }

  private record FoldedPart(List<ConvolutionUnit.Folded> units, boolean residual) {
    Tensor forward(Tape tape, Tensor x) {
      var y = x;
      for (var unit : units.subList(0, units.size() - 1)) {
        y = unit.forward(tape, y, null);
      }
      return units.getLast().forward(tape, y, residual ? x : null);
    }
  }

  /// A trained network for inference alone.
  private record Folded(int channels, List<FoldedPart> parts, Tensor weight, Tensor bias)
      implements Layer {
    @Override
    public Tensor forward(Tape tape, Tensor images) {
      if (tape.training()) {
        throw new IllegalStateException(
            "a folded network cannot be trained; train what it is from");
      }
      var x = images;
      for (var part : parts) {
        var in = x;
        x = tape.tidy(() -> part.forward(tape, in));
        if (in != images) {
          tape.release(in);
        }
      }
      var last = x;
      return tape.tidy(
          () -> {
            var flat = tape.apply(new Reshape(Shape.of(last.shape().dim(0), channels)), last);
            return tape.apply(
                new AddBias(), tape.apply(new MatMul(false, true), flat, weight), bias);
          });
    }
  }
}
