package facet.nn.loss;

import facet.tensor.Ints;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.MatMul;
import org.jspecify.annotations.Nullable;

/// The [HistogramLoss] over all pairs of a batch, in the paper with steps of 0.01 to 0.02.
///
/// @param nodes of the histograms on [-1, 1]
/// @param own the layout of the pairs to take instead, null for all
public record HistogramBatchLoss(int nodes, @Nullable DdlBatch own) implements BatchLoss {
  /// As in the paper's experiments on people (`Δ = 2/150`).
  public static final int NODES = 151;

  @Override
  public Tensor loss(Tape tape, Tensor embeddings, Ints labels, LossTerms terms) {
    var x = Cosines.normalize(tape, embeddings);
    var cosines = tape.apply(new MatMul(false, true), x, x);
    var loss = tape.apply(new HistogramLoss(nodes, labels, own), cosines);
    terms.add("histogram", 1, loss);
    return loss;
  }
}
