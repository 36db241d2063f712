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
/// the cosines of embeddings and directions go through [MarginSoftmax]. Starts as N(0, 0.01).
public final class MarginHead {
  private final Tensor weight;
  private final Margin margin;

  public MarginHead(Parameters parameters, int classes, int embedding, Margin margin) {
    this.margin = margin;
    weight =
        parameters.weight(
            "head.weight",
            Shape.of(classes, embedding),
            new Parameter.Layout.Plain(),
            Initializer.normal(0.01));
  }

  /// @param embeddings `[n, d]`, not normalised
  /// @param labels `[n]`, each less than `classes`
  /// @return the scalar loss
  public Tensor loss(Tape tape, Tensor embeddings, Ints labels) {
    var x = Cosines.normalize(tape, embeddings);
    var w = Cosines.normalize(tape, weight);
    var cosines = tape.apply(new MatMul(false, true), x, w);
    return tape.apply(new MarginSoftmax(margin, labels), cosines);
  }
}
