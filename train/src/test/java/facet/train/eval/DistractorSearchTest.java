package facet.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import facet.kernels.cpu.CpuBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DistractorSearchTest {
  private static Embeddings random(int count, int seed) {
    var random = new Random(seed);
    var values = new float[count * 16];
    for (var i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Expected.normalized(values, 16);
  }

  private static DistractorSearch.Named named(Embeddings e, int people) {
    var names = new ArrayList<String>();
    for (var i = 0; i < e.count(); i++) {
      names.add("p" + i % people);
    }
    return new DistractorSearch.Named(e, names);
  }

  @Test
  void ranksAreThoseOfCounting() {
    var gallery = named(random(6, 1), 3); // two images each
    var probes = named(random(4, 2), 4); // the last is nobody of the gallery
    var distractors = random(1234, 3);
    try (var backend = new CpuBackend(2)) {
      var found = DistractorSearch.of(backend, gallery, probes, distractors);
      assertThat(found.sizes()).containsExactly(10, 100, 1000, 1234);
      for (var s = 0; s < found.sizes().length; s++) {
        var expected = new ArrayList<Integer>();
        for (var p = 0; p < 3; p++) {
          for (var g : new int[] {p, p + 3}) {
            var score = Embeddings.cosine(probes.embeddings(), p, gallery.embeddings(), g);
            var rank = 1;
            for (var d = 0; d < found.sizes()[s]; d++) {
              rank += Embeddings.cosine(probes.embeddings(), p, distractors, d) >= score ? 1 : 0;
            }
            expected.add(rank);
          }
        }
        assertThat(found.ranks()[s]).containsExactly(expected.stream().mapToInt(r -> r).toArray());
      }
      assertThat(found.figures("probes")).containsKey("probes/distractors=1000/rank-1");
      assertThat(DistractorSearch.table(Map.of("probes", found))).contains("1,234", "rank-10");
    }
  }

  @Test
  void amongEqualsTheMateComesLast() {
    var e = new Embeddings(new float[] {0, 1, 0}, 3, 1); // of which every sum is exact
    var same = new DistractorSearch.Named(e, List.of("p0"));
    try (var backend = new CpuBackend(1)) {
      var found = DistractorSearch.of(backend, same, same, e);
      assertThat(found.ranks()[0]).containsExactly(2);
      assertThat(found.rate(0, 1)).isZero();
      assertThat(found.rate(0, 5)).isCloseTo(1, within(0.0));
    }
  }
}
