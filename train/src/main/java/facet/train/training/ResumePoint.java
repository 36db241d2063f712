package facet.train.training;

import facet.train.error.FacetException;
import java.nio.file.Path;
import java.util.Map;

/// Where a run continues, from a checkpoint's header.
///
/// @param step the number of steps that were done
/// @param bestScore of the evaluations until then, negative infinity without any
/// @param stale how many evaluations followed the best one
/// @param evaluationPending whether the evaluation that belongs to this step was not finished
record ResumePoint(long step, double bestScore, int stale, boolean evaluationPending) {
  /// The beginning of a run.
  static final ResumePoint START = new ResumePoint(0, Double.NEGATIVE_INFINITY, 0, false);

  private static final String STEP = "step";
  private static final String BEST = "best-score";
  private static final String STALE = "evaluations-since-best";
  private static final String EVALUATION = "evaluation";
  private static final String PENDING = "pending";

  /// @throws FacetException if the header says nothing sensible
  static ResumePoint of(Map<String, String> header, Path checkpoint) {
    try {
      var step = Long.parseLong(header.getOrDefault(STEP, "none"));
      var best = Double.parseDouble(header.getOrDefault(BEST, "none"));
      var stale = Integer.parseInt(header.getOrDefault(STALE, "0"));
      if (step >= 0 && stale >= 0 && !Double.isNaN(best)) {
        return new ResumePoint(step, best, stale, PENDING.equals(header.get(EVALUATION)));
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    throw FacetException.data(
        checkpoint,
        "its header does not say where the run stands (%s, %s)"
            .formatted(header.get(STEP), header.get(BEST)),
        "name a checkpoint that 'facet train' wrote");
  }

  /// Adds this to a header.
  void writeTo(Map<String, String> header) {
    header.put(STEP, Long.toString(step));
    header.put(BEST, Double.toString(bestScore));
    if (stale > 0) {
      header.put(STALE, Integer.toString(stale));
    }
    if (evaluationPending) {
      header.put(EVALUATION, PENDING);
    }
  }
}
