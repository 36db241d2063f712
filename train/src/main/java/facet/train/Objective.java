package facet.train;

import facet.nn.loss.DdlLoss;
import facet.nn.loss.MarginHead;
import facet.tensor.Ints;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.Add;
import facet.tensor.op.Scale;
import facet.tensor.op.SliceRows;
import facet.train.data.DdlBatch;

/// What a training step minimises, given the embeddings of its batch.
public sealed interface Objective {
  /// The scalar loss of `embeddings [batch, d]` of images with these `labels [batch]`.
  Tensor loss(Tape tape, Tensor embeddings, Ints labels);

  /// Margin softmax over all images of the batch.
  record Classify(MarginHead head) implements Objective {
    @Override
    public Tensor loss(Tape tape, Tensor embeddings, Ints labels) {
      return head.loss(tape, embeddings, labels);
    }
  }

  /// The Distribution Distillation Loss over all images of a [DdlBatch], and margin softmax over
  /// its single images, each branch's mean counted once as in the paper:
  ///
  ///     L = sum over branches of margin softmax(singles of the branch) + weight * DDL
  record Distill(MarginHead head, DdlLoss ddl, double weight, DdlBatch layout)
      implements Objective {
    @Override
    public Tensor loss(Tape tape, Tensor embeddings, Ints labels) {
      var singles = layout.allSingles();
      var softmax =
          head.loss(
              tape,
              tape.apply(new SliceRows(singles.start(), singles.end()), embeddings),
              labels.slice(singles.start(), singles.length()));
      return tape.apply(
          new Add(),
          tape.apply(new Scale(layout.branches()), softmax),
          tape.apply(new Scale(weight), ddl.loss(tape, embeddings, labels)));
    }
  }
}
