package facet.nn.loss;

import facet.nn.Initializer;
import facet.nn.Parameter;
import facet.nn.Parameters;
import facet.tensor.Ints;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.kernel.Margin;
import facet.tensor.op.MatMul;

/// The classifier of margin-softmax training: one direction `head.weight [classes, d]` a person;
/// the cosines of embeddings and directions go through a margin and a softmax. Starts as
/// N(0, 0.01). The margin is [HeadMargin]'s.
public final class MarginHead implements Head {
  /// The deviation of the weights that a head starts with.
  static final double DEVIATION = 0.01;

  private final Tensor weight;
  private final HeadMargin margin;

  public MarginHead(Parameters parameters, int classes, int embedding, Margin margin) {
    this(parameters, classes, embedding, new HeadSettings.Fixed(margin));
  }

  public MarginHead(Parameters parameters, int classes, int embedding, HeadSettings head) {
    weight =
        parameters.weight(
            "head.weight",
            Shape.of(classes, embedding),
            new Parameter.Layout.Plain(),
            Initializer.normal(DEVIATION));
    margin = new HeadMargin(parameters, head);
  }

  @Override
  public Tensor loss(Tape tape, Tensor embeddings, Ints labels) {
    return margin.loss(
        tape,
        embeddings,
        labels,
        (x, psi, p, curriculum) -> {
          var cosines = tape.apply(new MatMul(false, true), x, Cosines.normalize(tape, weight));
          return switch (psi) {
            case TargetMargin.Fixed f -> tape.apply(new MarginSoftmax(f.margin(), labels), cosines);
            case TargetMargin.Adaptive a -> {
              var q =
                  curriculum == null
                      ? p
                      : tape.full(
                          p.shape(), curriculum.applyAsDouble(targets(tape, cosines, labels)));
              var moved = tape.apply(new MarginCosines(a.margin(), labels), cosines, q);
              var softmax = new Margin(Margin.Kind.SOFTMAX, 0, a.scale());
              yield tape.apply(new MarginSoftmax(softmax, labels), moved);
            }
          };
        });
  }

  /// The cosines of the labels; none where nothing is learnt, which needs none.
  private static double[] targets(Tape tape, Tensor cosines, Ints labels) {
    var people = tape.training() ? labels.toArray() : new int[0];
    var targets = new double[people.length];
    for (var i = 0; i < people.length; i++) {
      var at = i * cosines.shape().dim(1) + people[i]; // one number a row, not the whole matrix
      targets[i] = cosines.view(at, Shape.scalar()).item();
    }
    return targets;
  }
}
