package facet.nn.loss;

import facet.tensor.Ints;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.HardestNegative;
import facet.tensor.op.RowDot;

/// The triplet loss over cosines with the hardest negative of the whole batch (Schroff et al. 2015,
/// Hermans et al. 2017), a baseline. In a batch laid out as [DdlBatch] says every first `fᵢ` of the
/// `n` pairs of a branch is an anchor, its second `sᵢ` the positive:
///
///     L = mean over branches of 1/n Σᵢ max(0, margin − fᵢ · sᵢ + maxⱼ fᵢ · xⱼ)
///
/// with `j` over all images of other people.
///
/// @param margin by how much the positive must be more similar, less than 1
public record TripletLoss(double margin, DdlBatch layout) implements BatchLoss {
  @Override
  public Tensor loss(Tape tape, Tensor embeddings, Ints labels, LossTerms terms) {
    layout.require("tripletLoss", embeddings);
    var x = Cosines.normalize(tape, embeddings);
    var hardest = tape.apply(new HardestNegative(labels), x);
    var sum = branch(tape, x, hardest, 0);
    for (var b = 1; b < layout.branches(); b++) {
      sum = sum.plus(branch(tape, x, hardest, b));
    }
    var loss = sum.times(1.0 / layout.branches());
    terms.add("triplet", 1, loss);
    return loss;
  }

  private Tensor branch(Tape tape, Tensor x, Tensor hardest, int b) {
    var firsts = layout.firsts(b);
    var positives = tape.apply(new RowDot(), firsts.of(x), layout.seconds(b).of(x));
    var negatives = firsts.of(hardest);
    return negatives.minus(positives).plus(margin).relu().mean();
  }
}
