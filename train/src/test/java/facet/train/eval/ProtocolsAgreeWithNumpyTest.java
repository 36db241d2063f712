package facet.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.GeneratedFaces;
import facet.train.data.folder.PairList;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Facet's protocols against those of make.py.txt, on the same 96 embeddings of 16 people.
class ProtocolsAgreeWithNumpyTest {
  private static final int DIM = 8;
  private final List<String[]> rows = Expected.rows("embeddings.csv", true);
  private final int[] person = rows.stream().mapToInt(r -> Integer.parseInt(r[0])).toArray();
  private final float[] features = features();
  private final Embeddings embeddings = Expected.normalized(features.clone(), DIM);

  /// Of an image and its mirror image together.
  private float[] features() {
    var features = block(4);
    var mirrored = block(4 + DIM);
    for (var i = 0; i < features.length; i++) {
      features[i] += mirrored[i];
    }
    return features;
  }

  private float[] block(int column) {
    var values = new float[rows.size() * DIM];
    for (var i = 0; i < values.length; i++) {
      values[i] = Float.parseFloat(rows.get(i / DIM)[column + i % DIM]);
    }
    return values;
  }

  @Test
  void tenFoldsToTheLastDigit() {
    var pairs = Expected.rows("pairs.csv", false);
    var same = new boolean[pairs.size()];
    var distances = new double[pairs.size()];
    for (var i = 0; i < same.length; i++) {
      same[i] = pairs.get(i)[2].equals("1");
      distances[i] =
          embeddings.squaredDistance(
              Integer.parseInt(pairs.get(i)[0]), Integer.parseInt(pairs.get(i)[1]));
    }
    var items = new ArrayList<FaceDataset.Item>();
    for (var i = 0; i < 2 * same.length; i++) {
      items.add(new FaceDataset.Item(i, "", Domain.EASY, ""));
    }
    var list = PairList.of(Path.of("x"), new GeneratedFaces(items, (i, s, rgb) -> {}), same);
    var fold = list.pairs().stream().mapToInt(PairList.Pair::fold).toArray();
    var result = KFold.accuracy(distances, same, fold);
    assertThat(result.folds()).containsExactly(Expected.numbers("kfold.folds"));
    assertThat(result.mean()).isCloseTo(Expected.number("kfold.mean"), within(1e-15));
    assertThat(result.deviation()).isCloseTo(Expected.number("kfold.std"), within(1e-15));
    assertThat(result.threshold()).isCloseTo(Expected.number("kfold.threshold"), within(1e-14));
  }

  private Similarities allPairs() {
    return allPairs(embeddings, person);
  }

  private static Similarities allPairs(Embeddings e, int... identity) {
    var lists = new SimilarityLists();
    for (var i = 0; i < identity.length; i++) {
      for (var j = i + 1; j < identity.length; j++) {
        lists.add(identity[i] == identity[j], e.cosine(i, j));
      }
    }
    return lists.similarities();
  }

  private static void ratesAgree(String name, Similarities s) {
    for (var far : List.of("0.1", "0.01", "0.001")) {
      assertThat(s.tarAtFar(Double.parseDouble(far)))
          .isEqualTo(Expected.number(name + ".tar@" + far));
    }
  }

  @Test
  void ratesAtFalseAcceptRatesToTheLastDigit() {
    var s = allPairs();
    ratesAgree("all", s);
    assertThat(s.balancedAccuracy()).isCloseTo(Expected.number("all.balanced"), within(1e-15));
    assertThat(s.margin()).isCloseTo(Expected.number("all.margin"), within(1e-7));
  }

  @Test
  void theRocContainsTheRatesAndHasTheSameArea() {
    var s = allPairs();
    var roc = Roc.of(s, Integer.MAX_VALUE).points(); // every negative is a point
    for (var far : List.of(0.1, 0.01, 0.001)) {
      var threshold = s.thresholdAtFar(far);
      assertThat(roc.stream().filter(p -> p.threshold() == threshold).map(Roc.Point::tar))
          .containsExactly(s.tarAtFar(far));
    }
    var area = 0.0;
    for (var i = 1; i < roc.size(); i++) {
      // a positive between two negatives is above the lower one only
      area += (roc.get(i).far() - roc.get(i - 1).far()) * roc.get(i).tar();
    }
    assertThat(area).isCloseTo(Expected.number("all.auc"), within(1e-4));
    var thinned = Roc.of(s, 20).points();
    assertThat(thinned).hasSizeBetween(10, 40);
    assertThat(roc).containsAll(thinned.subList(0, thinned.size() - 1));
    assertThat(thinned.getLast().far()).isEqualTo(1);
    assertThat(thinned.getFirst().far()).isZero();
  }

  @Test
  void ranksOfProbes() {
    var each = 6;
    var gallery = IntStream.range(0, 15).map(p -> p * each).toArray(); // not the last person
    var probes =
        IntStream.range(0, person.length).filter(i -> i % each != 0 || i / each == 15).toArray();
    var result = Identification.of(part(gallery), names(gallery), part(probes), names(probes));
    assertThat(Arrays.stream(result.ranks()).asDoubleStream().toArray())
        .containsExactly(Expected.numbers("rank.all"));
    assertThat(result.rate(1)).isEqualTo(Expected.number("rank.1"));
    assertThat(result.rate(5)).isEqualTo(Expected.number("rank.5"));
    assertThat(result.known()).isEqualTo(75);
    assertThat(result.figures("p")).containsEntry("p/probes-without-gallery", 6.0);
  }

  private Embeddings part(int[] images) {
    var values = new float[images.length * DIM];
    for (var i = 0; i < images.length; i++) {
      System.arraycopy(embeddings.values(), images[i] * DIM, values, i * DIM, DIM);
    }
    return new Embeddings(values, DIM, 1);
  }

  private List<String> names(int[] images) {
    return Arrays.stream(images).mapToObj(i -> "person " + person[i]).toList();
  }

  @Test
  void anEqualStrangerComesFirst() {
    var two = new Embeddings(new float[] {1, 0, 1, 0}, 2, 1);
    var probe = new Embeddings(new float[] {1, 0}, 2, 1);
    assertThat(Identification.of(two, List.of("a", "b"), probe, List.of("a")).ranks())
        .containsExactly(2);
  }

  @Test
  void templatesAreWeightedPooledByMediaAndNormalised() {
    var template = rows.stream().mapToInt(r -> Integer.parseInt(r[1])).toArray();
    var medium = rows.stream().mapToInt(r -> Integer.parseInt(r[2])).toArray();
    var weight = new float[template.length];
    for (var i = 0; i < weight.length; i++) {
      weight[i] = Float.parseFloat(rows.get(i)[3]);
    }
    var pooled = TemplatePooling.pool(features, DIM, weight, template, medium);
    var third = new double[DIM];
    for (var k = 0; k < DIM; k++) {
      third[k] = pooled.values()[3 * DIM + k];
    }
    assertThat(third).containsExactly(Expected.numbers("template.3"), within(1e-7));
    var identity = IntStream.range(0, pooled.count()).map(t -> t / 2).toArray();
    ratesAgree("template", allPairs(pooled, identity));
  }
}
