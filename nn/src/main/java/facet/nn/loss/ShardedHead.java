package facet.nn.loss;

import facet.nn.Parameters;
import facet.tensor.Ints;
import facet.tensor.Tape;
import facet.tensor.Tensor;

/// The head of [MarginHead], computed by several ranks of which each has the weights of some
/// classes, or by one for more people than memory has room for. All ranks give it the same
/// embeddings and get the same loss and the same gradient of the embeddings; it equals that of
/// [MarginHead] to rounding, and the bits depend on the number of shards, not of ranks.
///
/// It is not a parameter of the optimiser: [ClassShards#update] moves the weights.
public final class ShardedHead implements Head {
  private final ClassShards classes;
  private final HeadMargin margin;

  /// @param parameters takes what the margin remembers
  public ShardedHead(ClassShards classes, Parameters parameters, HeadSettings head) {
    this.classes = classes;
    var seed = parameters.nextSeed();
    if (seed != null) {
      classes.initialize(MarginHead.DEVIATION, seed);
    }
    margin = new HeadMargin(parameters, head);
  }

  /// The weights.
  public ClassShards classes() {
    return classes;
  }

  @Override
  public Tensor loss(Tape tape, Tensor embeddings, Ints labels) {
    return margin.loss(
        tape,
        embeddings,
        labels,
        (x, psi, p, curriculum) ->
            tape.apply(
                new ShardedSoftmax(classes, psi, labels, curriculum, tape.nextSeed()), x, p));
  }
}
