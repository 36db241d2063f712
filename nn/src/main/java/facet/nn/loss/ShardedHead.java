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
import org.jspecify.annotations.Nullable;

/// The head of [MarginHead], computed by several ranks of which each has the weights of some
/// classes, or by one for more people than memory has room for. All ranks give it the same
/// embeddings and get the same loss and the same gradient of the embeddings; it equals that of
/// [MarginHead] to rounding, and the bits depend on the number of shards, not of ranks.
///
/// It is not a parameter of the optimiser: [ClassShards#update] moves the weights.
public final class ShardedHead implements Head {
  private final ClassShards classes;
  private final HeadSettings head;
  private final HeadMemory memory;

  /// @param parameters takes what the margin remembers
  public ShardedHead(ClassShards classes, Parameters parameters, HeadSettings head) {
    this.classes = classes;
    this.head = head;
    var seed = parameters.nextSeed();
    if (seed != null) {
      classes.initialize(MarginHead.DEVIATION, seed);
    }
    memory = new HeadMemory(parameters, head);
  }

  /// The weights.
  public ClassShards classes() {
    return classes;
  }

  @Override
  public Tensor loss(Tape tape, Tensor embeddings, Ints labels) {
    var x = Cosines.normalize(tape, embeddings);
    var none = Shape.of(labels.length());
    return switch (head) {
      case HeadSettings.Fixed f ->
          softmax(tape, x, tape.zeros(none), labels, new TargetMargin.Fixed(f.margin()), null);
      case HeadSettings.SphereFace s -> {
        var margin = adaptive(AdaptiveMargin.Kind.SPHEREFACE, s.m());
        yield softmax(tape, x, tape.zeros(none), labels, margin, null);
      }
      case HeadSettings.CurricularFace c -> {
        var margin = adaptive(AdaptiveMargin.Kind.CURRICULARFACE, c.m());
        yield softmax(tape, x, tape.zeros(none), labels, margin, c);
      }
      case HeadSettings.AdaFace a -> {
        var margins = tape.of(none, memory.qualityMargins(tape, a, embeddings));
        var margin = adaptive(AdaptiveMargin.Kind.ADAFACE, a.m());
        yield softmax(tape, x, margins, labels, margin, null);
      }
      case HeadSettings.MagFace m -> {
        var norms = tape.apply(new RowNorm(Cosines.EPS), embeddings);
        var ramp = new Ramp(m.low(), m.high(), m.lowMargin(), m.highMargin());
        var margin = adaptive(m.kind(), 0);
        var loss = softmax(tape, x, tape.apply(ramp, norms), labels, margin, null);
        var penalty = tape.apply(new MagnitudePenalty(m.low(), m.high()), norms);
        yield tape.apply(new Add(), loss, tape.apply(new Scale(m.penalty()), penalty));
      }
    };
  }

  private TargetMargin adaptive(AdaptiveMargin.Kind kind, double m) {
    return new TargetMargin.Adaptive(new AdaptiveMargin(kind, m), head.scale());
  }

  /// @param c whose `t` becomes the parameters, null if `p` are
  private Tensor softmax(
      Tape tape,
      Tensor x,
      Tensor p,
      Ints labels,
      TargetMargin margin,
      HeadSettings.@Nullable CurricularFace c) {
    var training = tape.training();
    var op =
        new ShardedSoftmax(
            classes,
            margin,
            labels,
            c == null ? null : targets -> memory.curriculum(training, c, targets),
            tape.nextSeed());
    return tape.apply(op, x, p);
  }
}
