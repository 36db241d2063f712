package facet.train.eval;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// Similarities of same and different pairs as they come, however many.
final class SimilarityLists {
  private final FloatList positives = new FloatList();
  private final FloatList negatives = new FloatList();

  void add(boolean same, float similarity) {
    (same ? positives : negatives).add(similarity);
  }

  Similarities similarities() {
    return new Similarities(positives.toArray(), negatives.toArray());
  }

  /// Those with both same and different pairs.
  static <K> Map<K, Similarities> complete(Map<K, SimilarityLists> lists) {
    var complete = new LinkedHashMap<K, Similarities>();
    lists.forEach(
        (key, list) -> {
          var s = list.similarities();
          if (s.isComplete()) {
            complete.put(key, s);
          }
        });
    return complete;
  }

  /// A growing array.
  private static final class FloatList {
    private float[] values = new float[1024];
    private int size;

    void add(float value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, size * 2);
      }
      values[size++] = value;
    }

    float[] toArray() {
      return Arrays.copyOf(values, size);
    }
  }
}
