package facet.nn.loss;

import facet.nn.Parameters;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.RowNorm;

/// What a margin remembers of earlier batches, as parameters that are saved and not trained:
/// CurricularFace's `head.t` (starts at 0), AdaFace's `head.norm_mean` and `head.norm_deviation`
/// (20 and 100). They move in training only.
final class HeadMemory {
  /// AdaFace: added to the deviation, and the range of a length that counts.
  private static final double ADAFACE_EPS = 1e-3;

  private static final double ADAFACE_LONGEST = 100;

  private final Tensor[] state;

  HeadMemory(Parameters parameters, HeadSettings head) {
    state =
        switch (head) {
          case HeadSettings.CurricularFace c -> new Tensor[] {parameters.constant("head.t", 1, 0)};
          case HeadSettings.AdaFace a ->
              new Tensor[] {
                parameters.constant("head.norm_mean", 1, 20),
                parameters.constant("head.norm_deviation", 1, 100)
              };
          case HeadSettings.Fixed f -> new Tensor[0];
          case HeadSettings.SphereFace s -> new Tensor[0];
          case HeadSettings.MagFace m -> new Tensor[0];
        };
  }

  /// CurricularFace's `t`, moved towards the batch's mean target cosine first.
  double curriculum(boolean training, HeadSettings.CurricularFace c, double... targets) {
    if (training && targets.length > 0) {
      var sum = 0.0;
      for (var target : targets) {
        sum += target;
      }
      move(state[0], sum / targets.length, c.momentum());
    }
    return state[0].item();
  }

  /// AdaFace's `m z`, `z` in [-1, 1] the length of an embedding in units of `1 / h` deviations,
  /// after mean and deviation have moved towards the batch's. Constants: no gradient flows through.
  double[] qualityMargins(Tape tape, HeadSettings.AdaFace a, Tensor embeddings) {
    var norms = tape.apply(new RowNorm(Cosines.EPS), embeddings).toDoubles();
    var sum = 0.0;
    for (var i = 0; i < norms.length; i++) {
      norms[i] = Math.clamp(norms[i], ADAFACE_EPS, ADAFACE_LONGEST);
      sum += norms[i];
    }
    if (tape.training() && norms.length > 1) {
      var mean = sum / norms.length;
      var squares = 0.0;
      for (var norm : norms) {
        squares += (norm - mean) * (norm - mean);
      }
      move(state[0], mean, a.momentum());
      move(state[1], Math.sqrt(squares / (norms.length - 1)), a.momentum());
    }
    var mean = state[0].item();
    var deviation = state[1].item();
    for (var i = 0; i < norms.length; i++) {
      norms[i] = a.m() * Math.clamp((norms[i] - mean) / (deviation + ADAFACE_EPS) * a.h(), -1, 1);
    }
    return norms;
  }

  private static void move(Tensor state, double value, double momentum) {
    state.set(momentum * value + (1 - momentum) * state.item());
  }
}
