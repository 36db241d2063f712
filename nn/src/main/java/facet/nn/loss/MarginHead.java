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
/// N(0, 0.01).
///
/// What a margin remembers of earlier batches are parameters that are saved and not trained:
/// CurricularFace's `head.t` (starts at 0), AdaFace's `head.norm_mean` and `head.norm_deviation`
/// (20 and 100). They move in training only.
public final class MarginHead {
  /// AdaFace: added to the deviation, and the range of a length that counts.
  private static final double ADAFACE_EPS = 1e-3;

  private static final double ADAFACE_LONGEST = 100;

  private final Tensor weight;
  private final HeadSettings head;
  private final Tensor[] state;

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
            Initializer.normal(0.01));
    state =
        switch (head) {
          case HeadSettings.CurricularFace c -> new Tensor[] {parameters.constant("head.t", 1, 0)};
          case HeadSettings.AdaFace a ->
              new Tensor[] {
                parameters.constant("head.norm_mean", 1, 20),
                parameters.constant("head.norm_deviation", 1, 100)
              };
          case HeadSettings.Fixed f -> new Tensor[0];
          case HeadSettings.SphereFace s -> new Tensor[0];
          case HeadSettings.MagFace m -> new Tensor[0];
        };
  }

  /// @param embeddings `[n, d]`, not normalised
  /// @param labels `[n]`, each less than `classes`
  /// @return the scalar loss
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
        var t = tape.full(Shape.of(labels.length()), curriculum(tape, c, cosines, labels));
        yield adaptive(tape, AdaptiveMargin.Kind.CURRICULARFACE, c.m(), cosines, labels, t);
      }
      case HeadSettings.AdaFace a -> {
        var margins = tape.of(Shape.of(labels.length()), qualityMargins(tape, a, embeddings));
        yield adaptive(tape, AdaptiveMargin.Kind.ADAFACE, a.m(), cosines, labels, margins);
      }
      case HeadSettings.MagFace m -> {
        var norms = tape.apply(new RowNorm(Cosines.EPS), embeddings);
        var ramp = new Ramp(m.low(), m.high(), m.lowMargin(), m.highMargin());
        var margins = tape.apply(ramp, norms);
        var loss = adaptive(tape, AdaptiveMargin.Kind.MAGFACE, 0, cosines, labels, margins);
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

  /// CurricularFace's `t`, moved towards the batch's mean target cosine first.
  private double curriculum(Tape tape, HeadSettings.CurricularFace c, Tensor cosines, Ints labels) {
    var t = state[0];
    var people = labels.toArray();
    if (tape.training() && people.length > 0) {
      var sum = 0.0;
      for (var i = 0; i < people.length; i++) {
        var at = i * cosines.shape().dim(1) + people[i]; // one number a row, not the whole matrix
        sum += cosines.view(at, Shape.scalar()).item();
      }
      move(t, sum / people.length, c.momentum());
    }
    return t.item();
  }

  /// AdaFace's `m z`, `z` in [-1, 1] the length of an embedding in units of `1 / h` deviations,
  /// after mean and deviation have moved towards the batch's. Constants: no gradient flows through.
  private double[] qualityMargins(Tape tape, HeadSettings.AdaFace a, Tensor embeddings) {
    var norms = tape.apply(new RowNorm(Cosines.EPS), embeddings).toDoubles();
    var sum = 0.0;
    for (var i = 0; i < norms.length; i++) {
      norms[i] = Math.clamp(norms[i], ADAFACE_EPS, ADAFACE_LONGEST);
      sum += norms[i];
    }
    if (tape.training() && norms.length > 1) {
      var mean = sum / norms.length;
      var squares = 0.0;
      for (var norm : norms) {
        squares += (norm - mean) * (norm - mean);
      }
      move(state[0], mean, a.momentum());
      move(state[1], Math.sqrt(squares / (norms.length - 1)), a.momentum());
    }
    var mean = state[0].item();
    var deviation = state[1].item();
    for (var i = 0; i < norms.length; i++) {
      norms[i] = a.m() * Math.clamp((norms[i] - mean) / (deviation + ADAFACE_EPS) * a.h(), -1, 1);
    }
    return norms;
  }

  private static void move(Tensor state, double value, double momentum) {
    state.set(momentum * value + (1 - momentum) * state.item());
  }
}
