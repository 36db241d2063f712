package facet.nn.loss;

import static facet.tensor.ShapeException.require;

import facet.tensor.Ints;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.Add;
import facet.tensor.op.AddBias;
import facet.tensor.op.HardestNegative;
import facet.tensor.op.Mean;
import facet.tensor.op.PRelu;
import facet.tensor.op.Reshape;
import facet.tensor.op.RowDot;
import facet.tensor.op.Scale;
import facet.tensor.op.SliceRows;

/// The triplet loss over cosines with the hardest negative of the whole batch (Schroff et al. 2015,
/// Hermans et al. 2017), a baseline. In a batch laid out as [DdlLoss] says every first `fᵢ` of the
/// `n` pairs of a branch is an anchor, its second `sᵢ` the positive:
///
///     L = mean over branches of 1/n Σᵢ max(0, margin − fᵢ · sᵢ + maxⱼ fᵢ · xⱼ)
///
/// with `j` over all images of other people.
///
/// @param margin by how much the positive must be more similar, less than 1
public record TripletLoss(double margin, int n, int branches) implements BatchLoss {
  @Override
  public Tensor loss(Tape tape, Tensor embeddings, Ints labels) {
    var images = 3 * n * branches;
    require(
        embeddings.shape().rank() == 2 && embeddings.shape().dim(0) == images,
        "tripletLoss",
        "embeddings must be [%s, d] for %s branches of %s, are %s",
        images,
        branches,
        n,
        embeddings.shape());
    var x = Cosines.normalize(tape, embeddings);
    var hardest = tape.apply(new HardestNegative(labels), x);
    var sum = branch(tape, x, hardest, 0);
    for (var b = 1; b < branches; b++) {
      sum = tape.apply(new Add(), sum, branch(tape, x, hardest, b));
    }
    return tape.apply(new Scale(1.0 / branches), sum);
  }

  private Tensor branch(Tape tape, Tensor x, Tensor hardest, int b) {
    var first = (branches + 2 * b) * n;
    var firsts = tape.apply(new SliceRows(first, first + n), x);
    var seconds = tape.apply(new SliceRows(first + n, first + 2 * n), x);
    var positives = tape.apply(new RowDot(), firsts, seconds);
    var negatives = tape.apply(new SliceRows(first, first + n), hardest);
    var difference = tape.apply(new Add(), negatives, tape.apply(new Scale(-1), positives));
    var column = tape.apply(new Reshape(Shape.of(n, 1)), difference);
    var violation = tape.apply(new AddBias(), column, tape.full(Shape.of(1), margin));
    var hinge = tape.apply(new PRelu(), violation, tape.zeros(Shape.of(1)));
    return tape.apply(new Mean(), hinge);
  }
}
