package facet.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import facet.kernels.cpu.CpuBackend;
import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// IJB's 1:N protocol on templates at angles.
///
/// Gallery G1 knows anna at 0, ben at 60 and carl at 120 degrees; G2 dora at 180 (and once more at
/// 200) and eva at 270. The probes, with their cosines:
///
/// | probe | at | finds in G1 | in G2 |
/// |---|---|---|---|
/// | anna | 10 | anna cos 10, first | eva cos 100 |
/// | anna | 40 | ben cos 20 before anna cos 40: rank 2 | eva cos 130 |
/// | ben | 70 | ben cos 10, first | eva cos 160, dora cos 110 |
/// | carl | 20 | anna, ben, carl cos 100: rank 3 | ... |
/// | dora | 195 | carl cos 75 | dora cos 5, first |
/// | eva | 230 | carl cos 110 | dora cos 30 before eva cos 40: rank 2 |
/// | fred, in neither | 300 | anna cos 60 | eva cos 30 |
class TemplateSearchTest {
  private static final Offset<Double> EXACT = within(1e-12);
  private static final double[] ANGLES = {0, 60, 120, 180, 200, 270, 10, 40, 70, 20, 195, 230, 300};

  @TempDir private Path temp;

  private final Map<String, Integer> templates = new LinkedHashMap<>();
  private Path g1;
  private Path g2;
  private Path probes;

  @BeforeEach
  void lists() throws IOException {
    for (var i = 0; i < ANGLES.length; i++) {
      templates.put(Integer.toString(100 + i), i);
    }
    g1 = Files.write(temp.resolve("G1.csv"), List.of("100 anna", "101 ben", "102 carl"));
    g2 = Files.write(temp.resolve("G2.csv"), List.of("103 dora", "104 dora", "105 eva"));
    probes =
        Files.write(
            temp.resolve("probes.csv"),
            List.of(
                "TEMPLATE_ID,SUBJECT_ID,FILENAME",
                "106,anna,img/1.jpg",
                "107,anna,img/2.jpg",
                "108,ben,img/3.jpg",
                "108,ben,img/4.jpg",
                "109,carl,img/5.jpg",
                "110,dora,img/6.jpg",
                "111,eva,img/7.jpg",
                "112,fred,img/8.jpg"));
  }

  private TemplateLists read(Path... galleries) {
    return TemplateLists.read(temp.resolve("members.txt"), templates, probes, List.of(galleries));
  }

  private static Embeddings embeddings() {
    var values = new float[2 * ANGLES.length];
    for (var i = 0; i < ANGLES.length; i++) {
      values[2 * i] = (float) Math.cos(Math.toRadians(ANGLES[i]));
      values[2 * i + 1] = (float) Math.sin(Math.toRadians(ANGLES[i]));
    }
    return new Embeddings(values, 2, 1);
  }

  private static float cos(double degrees) {
    return (float) Math.cos(Math.toRadians(degrees));
  }

  @Test
  void figuresAreThoseWorkedOutByHand() {
    TemplateSearches found;
    try (var backend = new CpuBackend(2)) {
      found = TemplateSearches.of(backend, embeddings(), read(g1, g2));
    }
    var first = found.galleries().get("G1");
    assertThat(first.people()).isEqualTo(3);
    assertThat(first.ranks()).containsExactly(1, 2, 1, 3);
    assertThat(first.alarms().positives())
        .containsExactly(new float[] {-2, -2, cos(10), cos(10)}, within(1e-6f));
    assertThat(first.alarms().negatives()) // eva, dora, fred
        .containsExactly(new float[] {cos(110), cos(75), cos(60)}, within(1e-6f));
    var second = found.galleries().get("G2");
    assertThat(second.people()).isEqualTo(2);
    assertThat(second.ranks()).containsExactly(1, 2);
    assertThat(second.alarms().positives())
        .containsExactly(new float[] {-2, cos(5)}, within(1e-6f));
    assertThat(second.others()).isEqualTo(5);
    // in all together eva is the third for her probe at 230: dora cos 30, eva cos 40; carl cos 110
    var all = found.galleries().get("together");
    assertThat(all.people()).isEqualTo(5);
    assertThat(all.ranks()).containsExactly(1, 2, 1, 3, 1, 2);
    assertThat(all.others()).isEqualTo(1);

    var figures = found.figures();
    assertThat(figures.get("G1/rank-1")).isCloseTo(0.5, EXACT);
    assertThat(figures.get("G2/rank-1")).isCloseTo(0.5, EXACT);
    assertThat(figures.get("G1/rank-5")).isCloseTo(1, EXACT);
    assertThat(figures.get("mean/rank-1")).isCloseTo(0.5, EXACT);
    assertThat(figures.get("together/rank-1")).isCloseTo(0.5, EXACT);
    assertThat(figures.get("together/probes-without-gallery")).isEqualTo(1);
    assertThat(figures.get("G1/tpir@fpir=1e-1")).isNaN(); // three others do not tell a tenth
    assertThat(figures).containsKey("G1/threshold-cosine@fpir=1e-1");
    assertThat(found.table()).containsPattern("G1 +3 +4 +3 +50.00% +100.00% +100.00% +- +- +-");
  }

  /// Ten others: the highest of them is the threshold at a tenth, and two of four who are there
  /// come first and reach it.
  @Test
  void anAlarmNeedsTheRightPersonAndTheThreshold() {
    var angles = new double[] {0, 180, 5, 20, 40, 100, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39};
    var values = new float[2 * angles.length];
    for (var i = 0; i < angles.length; i++) {
      values[2 * i] = cos(angles[i]);
      values[2 * i + 1] = (float) Math.sin(Math.toRadians(angles[i]));
    }
    var gallery = new TemplateLists.Templates(new int[] {0, 1}, new int[] {0, 1});
    var sought = new int[angles.length - 2];
    var people = new int[sought.length];
    for (var i = 0; i < sought.length; i++) {
      sought[i] = i + 2;
      people[i] = i < 4 ? 0 : 2 + i; // the last of the four, at 100 degrees, is nearer to the other
    }
    try (var backend = new CpuBackend(1)) {
      var found =
          TemplateSearch.of(
              backend,
              new Embeddings(values, 2, 1),
              gallery,
              new TemplateLists.Templates(sought, people));
      assertThat(found.ranks()).containsExactly(1, 1, 1, 2);
      assertThat(found.rates(false).get("tpir@fpir=1e-1")).isCloseTo(0.5, EXACT);
      assertThat(found.rates(true)).containsKey("TPIR@1e-1");
      assertThat(TemplateSearch.FIGURES.getFirst().threshold(found.alarms()))
          .isCloseTo(cos(30), within(1e-6));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "999,anna | probes.csv:2 | has no template '999'",
        "100,anna | probes.csv:2 | the template 100 is in the gallery G1",
        "106      | probes.csv:2 | '106' is not 'template person'",
        "112,gina | probes.csv:2 | the template 112 shows two people",
        "106,gina | probes.csv   | nobody of its people is in the gallery G1"
      })
  void aWrongListIsNamed(String line, String where, String problem) throws IOException {
    Files.write(probes, List.of("112,fred", line));
    assertThatThrownBy(() -> read(g1))
        .isInstanceOf(FacetException.class)
        .hasMessageContaining(where)
        .hasMessageContaining(problem);
  }
}
