package facet.nn.loss;

import facet.tensor.Ints;
import facet.tensor.ShapeException;
import facet.tensor.Tensor;

/// Where things lie in a batch of the Distribution Distillation Loss (arXiv 2002.03662): with `n`
/// samples a kind and the branches easy (the teacher, branch 0) and hard (a student),
///
///     [easy singles | hard singles | easy firsts | easy seconds | hard firsts | hard seconds]
///
/// Each part is `n` long; the i-th first and the i-th second of a branch are two images of one
/// person. More students follow in the same way: all singles, then the pairs branch by branch.
///
/// @param n samples a part
/// @param branches the teacher and its students
public record DdlBatch(int n, int branches) {
  /// `length` images from `start` on.
  public record Range(int start, int length) {
    /// The first index after the range.
    public int end() {
      return start + length;
    }

    /// These rows of a batch's.
    public Tensor of(Tensor batch) {
      return batch.rows(start, end());
    }

    /// These of a batch's labels.
    public Ints of(Ints batch) {
      return batch.slice(start, length);
    }
  }

  /// Images in the batch.
  public int size() {
    return 3 * n * branches;
  }

  /// One image each of `n` different people.
  public Range singles(int branch) {
    return new Range(branch * n, n);
  }

  /// The singles of all branches: what the margin softmax is trained on.
  public Range allSingles() {
    return new Range(0, branches * n);
  }

  /// Every image of the batch.
  public Range all() {
    return new Range(0, size());
  }

  /// The first image of each of `n` pairs of different people.
  public Range firsts(int branch) {
    return new Range((branches + 2 * branch) * n, n);
  }

  /// The second image of each pair.
  public Range seconds(int branch) {
    return new Range((branches + 2 * branch + 1) * n, n);
  }

  /// @param loss the name to complain under
  /// @param embeddings what should be `[size, d]`
  void require(String loss, Tensor embeddings) {
    ShapeException.require(
        embeddings.shape().rank() == 2 && embeddings.shape().dim(0) == size(),
        loss,
        "embeddings must be [%s, d] for %s branches of %s, are %s",
        size(),
        branches,
        n,
        embeddings.shape());
  }
}
