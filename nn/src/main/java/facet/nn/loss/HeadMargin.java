package facet.nn.loss;

import facet.nn.Parameters;
import facet.tensor.Ints;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.kernel.AdaptiveMargin;
import facet.tensor.op.Add;
import facet.tensor.op.RowNorm;
import facet.tensor.op.Scale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// The loss of a head but for its softmax, the same for every [Head]: which margin, its parameters
/// for the rows, what comes on top.
///
/// What a margin remembers of earlier batches are parameters that are saved and not trained:
/// CurricularFace's `head.t` (starts at 0), AdaFace's `head.norm_mean` and `head.norm_deviation`
/// (20 and 100). They move in training only.
final class HeadMargin {
  /// AdaFace: added to the deviation, and the range of a length that counts.
  private static final double ADAFACE_EPS = 1e-3;

  private static final double ADAFACE_LONGEST = 100;

  private final HeadSettings head;
  private final Tensor[] state;

  HeadMargin(Parameters parameters, HeadSettings head) {
    this.head = head;
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

  /// The margin softmax of the classes.
  @FunctionalInterface
  interface Softmax {
    /// @param x `[n, d]`, embeddings of length 1
    /// @param p `[n]`, the margin's parameters
    /// @param curriculum what all of `p` becomes, given the target cosines, which may be left out
    ///     where nothing is learnt; null if `p` is as it is
    Tensor loss(
        Tensor x, TargetMargin margin, Tensor p, @Nullable ToDoubleFunction<double[]> curriculum);
  }

  /// The scalar loss of [Head#loss].
  Tensor loss(Tape tape, Tensor embeddings, Ints labels, Softmax softmax) {
    var x = Cosines.normalize(tape, embeddings);
    var n = Shape.of(labels.length());
    return switch (head) {
      case HeadSettings.Fixed f ->
          softmax.loss(x, new TargetMargin.Fixed(f.margin()), tape.zeros(n), null);
      case HeadSettings.SphereFace s ->
          softmax.loss(x, adaptive(AdaptiveMargin.Kind.SPHEREFACE, s.m()), tape.zeros(n), null);
      case HeadSettings.CurricularFace c ->
          softmax.loss(
              x,
              adaptive(AdaptiveMargin.Kind.CURRICULARFACE, c.m()),
              tape.zeros(n),
              targets -> curriculum(tape.training(), c, targets));
      case HeadSettings.AdaFace a -> {
        var margins = tape.of(n, qualityMargins(tape, a, embeddings));
        yield softmax.loss(x, adaptive(AdaptiveMargin.Kind.ADAFACE, a.m()), margins, null);
      }
      case HeadSettings.MagFace m -> {
        var norms = tape.apply(new RowNorm(Cosines.EPS), embeddings);
        var ramp = new Ramp(m.low(), m.high(), m.lowMargin(), m.highMargin());
        var loss = softmax.loss(x, adaptive(m.kind(), 0), tape.apply(ramp, norms), null);
        var penalty = tape.apply(new MagnitudePenalty(m.low(), m.high()), norms);
        yield tape.apply(new Add(), loss, tape.apply(new Scale(m.penalty()), penalty));
      }
    };
  }

  private TargetMargin adaptive(AdaptiveMargin.Kind kind, double m) {
    return new TargetMargin.Adaptive(new AdaptiveMargin(kind, m), head.scale());
  }

  /// CurricularFace's `t`, moved towards the batch's mean target cosine first.
  private double curriculum(boolean training, HeadSettings.CurricularFace c, double... targets) {
    if (training && targets.length > 0) {
      var sum = 0.0;
      for (var target : targets) {
        sum += target;
      }
      move(state[0], sum / targets.length, c.momentum());
    }
    return state[0].item();
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
