package facet.train.training;

import facet.nn.loss.BatchLoss;
import facet.nn.loss.Head;
import facet.nn.loss.LossTerms;
import facet.tensor.Ints;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.Add;
import facet.tensor.op.Scale;
import facet.tensor.op.SliceRows;
import facet.train.data.batch.DdlBatch;
import org.jspecify.annotations.Nullable;

/// What a training step minimises, given the embeddings of its batch.
public sealed interface Objective {
  /// The name of the margin softmax among the terms of a loss.
  String SOFTMAX = "softmax";

  /// The scalar loss of `embeddings [batch, d]` of images with these `labels [batch]`.
  ///
  /// @param terms where it puts down what it is the sum of
  Tensor loss(Tape tape, Tensor embeddings, Ints labels, LossTerms terms);

  /// Margin softmax over all images of the batch.
  record Classify(Head head) implements Objective {
    @Override
    public Tensor loss(Tape tape, Tensor embeddings, Ints labels, LossTerms terms) {
      return head.loss(tape, embeddings, labels); // one term: the sum says it
    }
  }

  /// Margin softmax over a [DdlBatch], each branch's mean counted once as in the paper, and a loss
  /// that compares the batch's images:
  ///
  ///     L = sum over branches of margin softmax(images of the branch) + weight * comparison
  ///
  /// @param comparison of all images, null for the margin softmax alone
  /// @param classified which of the images the margin softmax sees: the singles or all
  record Branches(
      Head head,
      @Nullable BatchLoss comparison,
      double weight,
      DdlBatch.Range classified,
      int branches)
      implements Objective {
    @Override
    public Tensor loss(Tape tape, Tensor embeddings, Ints labels, LossTerms terms) {
      var softmax =
          head.loss(
              tape,
              tape.apply(new SliceRows(classified.start(), classified.end()), embeddings),
              labels.slice(classified.start(), classified.length()));
      var sum = tape.apply(new Scale(branches), softmax);
      terms.add(SOFTMAX, 1, sum);
      if (comparison == null) {
        return sum;
      }
      var parts = new LossTerms();
      var compared = comparison.loss(tape, embeddings, labels, parts);
      terms.add(parts, weight);
      return tape.apply(new Add(), sum, tape.apply(new Scale(weight), compared));
    }
  }
}
