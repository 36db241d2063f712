package facet.nn.loss;

import facet.nn.Initializer;
import facet.nn.Parameter;
import facet.nn.Parameters;
import facet.tensor.Ints;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.kernel.AdaptiveMargin;
import facet.tensor.kernel.Margin;
import facet.tensor.op.Add;
import facet.tensor.op.MatMul;
import facet.tensor.op.RowNorm;
import facet.tensor.op.Scale;

/// The classifier of margin-softmax training: one direction `head.weight [classes, d]` a person;
/// the cosines of embeddings and directions go through a margin and a softmax. Starts as
/// N(0, 0.01). What a margin remembers of earlier batches, [HeadMemory] says.
public final class MarginHead implements Head {
  /// The deviation of the weights that a head starts with.
  static final double DEVIATION = 0.01;

  private final Tensor weight;
  private final HeadSettings head;
  private final HeadMemory memory;

  public MarginHead(Parameters parameters, int classes, int embedding, Margin margin) {
    this(parameters, classes, embedding, new HeadSettings.Fixed(margin));
  }

  public MarginHead(Parameters parameters, int classes, int embedding, HeadSettings head) {
    this.head = head;
    weight =
        parameters.weight(
            "head.weight",
            Shape.of(classes, embedding),
            new Parameter.Layout.Plain(),
            Initializer.normal(DEVIATION));
    memory = new HeadMemory(parameters, head);
  }

  @Override
  public Tensor loss(Tape tape, Tensor embeddings, Ints labels) {
    var x = Cosines.normalize(tape, embeddings);
    var w = Cosines.normalize(tape, weight);
    var cosines = tape.apply(new MatMul(false, true), x, w);
    return switch (head) {
      case HeadSettings.Fixed f -> tape.apply(new MarginSoftmax(f.margin(), labels), cosines);
      case HeadSettings.SphereFace s -> {
        var unused = tape.zeros(Shape.of(labels.length()));
        yield adaptive(tape, AdaptiveMargin.Kind.SPHEREFACE, s.m(), cosines, labels, unused);
      }
      case HeadSettings.CurricularFace c -> {
        // Where nothing is learnt the target cosines are not needed.
        var targets = tape.training() ? targets(cosines, labels) : new double[0];
        var t =
            tape.full(Shape.of(labels.length()), memory.curriculum(tape.training(), c, targets));
        yield adaptive(tape, AdaptiveMargin.Kind.CURRICULARFACE, c.m(), cosines, labels, t);
      }
      case HeadSettings.AdaFace a -> {
        var margins =
            tape.of(Shape.of(labels.length()), memory.qualityMargins(tape, a, embeddings));
        yield adaptive(tape, AdaptiveMargin.Kind.ADAFACE, a.m(), cosines, labels, margins);
      }
      case HeadSettings.MagFace m -> {
        var norms = tape.apply(new RowNorm(Cosines.EPS), embeddings);
        var ramp = new Ramp(m.low(), m.high(), m.lowMargin(), m.highMargin());
        var margins = tape.apply(ramp, norms);
        var loss = adaptive(tape, m.kind(), 0, cosines, labels, margins);
        var penalty = tape.apply(new MagnitudePenalty(m.low(), m.high()), norms);
        yield tape.apply(new Add(), loss, tape.apply(new Scale(m.penalty()), penalty));
      }
    };
  }

  private Tensor adaptive(
      Tape tape,
      AdaptiveMargin.Kind kind,
      double m,
      Tensor cosines,
      Ints labels,
      Tensor parameters) {
    var op = new MarginCosines(new AdaptiveMargin(kind, m), labels);
    var moved = tape.apply(op, cosines, parameters);
    var softmax = new Margin(Margin.Kind.SOFTMAX, 0, head.scale());
    return tape.apply(new MarginSoftmax(softmax, labels), moved);
  }

  private static double[] targets(Tensor cosines, Ints labels) {
    var people = labels.toArray();
    var targets = new double[people.length];
    for (var i = 0; i < people.length; i++) {
      var at = i * cosines.shape().dim(1) + people[i]; // one number a row, not the whole matrix
      targets[i] = cosines.view(at, Shape.scalar()).item();
    }
    return targets;
  }
}
