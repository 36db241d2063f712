package facet.nn.loss;

import static facet.tensor.ShapeException.require;

import facet.tensor.Ints;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.HardestNegative;
import facet.tensor.op.RowDot;
import facet.tensor.op.SliceRows;

/// The Distribution Distillation Loss of a batch of embeddings. The batch holds, for `branches`
/// branches (the teacher first) and `n` samples a part:
///
///     [singles of branch 0 | singles of branch 1 | ...
///      | firsts 0 | seconds 0 | firsts 1 | seconds 1 | ...]
///
/// The cosines of a branch's pairs (first and second are one person) are its positives; for each of
/// its singles the highest cosine with a single of another person is a negative.
public record DdlLoss(DdlSettings settings, int n, int branches) implements BatchLoss {
  /// @param embeddings `[3 n branches, d]`, not normalised
  @Override
  public Tensor loss(Tape tape, Tensor embeddings, Ints labels) {
    var images = 3 * n * branches;
    require(
        embeddings.shape().rank() == 2 && embeddings.shape().dim(0) == images,
        "ddlLoss",
        "embeddings must be [%s, d] for %s branches of %s, are %s",
        images,
        branches,
        n,
        embeddings.shape());
    require(
        labels.length() == images,
        "ddlLoss",
        "there are %s labels for %s embeddings",
        labels.length(),
        images);
    var f = Cosines.normalize(tape, embeddings);
    var similarities = new Tensor[2 * branches];
    for (var b = 0; b < branches; b++) {
      var singles = rows(tape, f, b);
      var firsts = rows(tape, f, branches + 2 * b);
      var seconds = rows(tape, f, branches + 2 * b + 1);
      similarities[b] = tape.apply(new RowDot(), firsts, seconds);
      similarities[branches + b] = tape.apply(new HardestNegative(labels.slice(b * n, n)), singles);
    }
    return tape.apply(new DistributionDistillation(settings), similarities);
  }

  private Tensor rows(Tape tape, Tensor f, int part) {
    return tape.apply(new SliceRows(part * n, (part + 1) * n), f);
  }
}
