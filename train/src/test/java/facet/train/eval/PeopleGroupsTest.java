package facet.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.GeneratedFaces;
import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeopleGroupsTest {
  @TempDir private Path temp;

  private static FaceDataset faces(String... people) {
    var items = new ArrayList<FaceDataset.Item>();
    for (var i = 0; i < people.length; i++) {
      items.add(new FaceDataset.Item(i, people[i], Domain.EASY, ""));
    }
    return new GeneratedFaces(items, (index, size, rgb) -> {});
  }

  private PeopleGroups read(String text) throws IOException {
    var file = temp.resolve("groups.txt");
    Files.writeString(file, text);
    return PeopleGroups.read(file);
  }

  @Test
  void pairsCountWithinTheirGroupAlone() throws IOException {
    var groups = read("# people\nann x\nbob x\ncid y\ndan,y\n");
    var collector = new PeopleGroups.Collector(groups.of(faces("ann", "bob", "cid", "dan", "eve")));
    collector.add(0, 0, true, 0.9f);
    collector.add(0, 1, false, 0.1f);
    collector.add(0, 2, false, 0.8f); // of two groups
    collector.add(0, 4, false, 0.7f); // of none
    collector.add(2, 2, true, 0.3f);
    collector.add(2, 3, false, 0.5f);
    collector.add(3, 3, true, 0.6f);
    var found = collector.similarities();
    assertThat(found).containsOnlyKeys("x", "y");
    assertThat(found.get("x").negatives()).containsExactly(0.1f);
    // y: one of two positives lies above the negative
    var figures = PeopleGroups.figures(found);
    assertThat(figures.get("group/x/balanced-accuracy")).isEqualTo(1);
    assertThat(figures.get("group/y/balanced-accuracy")).isEqualTo(0.75);
    assertThat(figures.get("groups/accuracy-mean")).isEqualTo(0.875);
    assertThat(figures.get("groups/accuracy-std")).isEqualTo(0.125);
    assertThat(figures.get("groups/error-ratio")).isNaN(); // the best makes none
  }

  @Test
  void theRatioIsThatOfErrors() {
    var worse = new Similarities(new float[] {0.1f, 0.6f, 0.7f, 0.8f}, new float[] {0.2f, 0.3f});
    var worst = new Similarities(new float[] {0.1f, 0.1f, 0.7f, 0.8f}, new float[] {0.2f, 0.3f});
    var groups = Map.of("a", worse, "b", worst);
    assertThat(PeopleGroups.figures(groups).get("groups/error-ratio")).isCloseTo(2, within(1e-12));
    assertThat(PeopleGroups.table(groups)).contains("the worst has 2.00 times the error");
  }

  @Test
  void namesAreTheSameInBothFormsOfUnicode() throws IOException {
    var apart = read("Ame\u0301lie\tnorth west 1");
    assertThat(apart.of(faces("Am\u00e9lie"))).containsExactly("north west 1");
  }

  @Test
  void foldersAreGroupsWithoutAList() {
    var item = new FaceDataset.Item(0, "ann", Domain.HARD, "tone-3", "");
    var images = new GeneratedFaces(List.of(item), (index, size, rgb) -> {});
    assertThat(PeopleGroups.named("folders").of(images)).containsExactly("tone-3");
  }

  @Test
  void whatIsNoListOfGroupsIsRefused() throws IOException {
    assertThatThrownBy(() -> read("ann x\nbob\n"))
        .isInstanceOf(FacetException.class)
        .hasMessageContaining("groups.txt:2")
        .hasMessageContaining("'bob' is not 'person group'");
    assertThatThrownBy(() -> read("ann x\nann y\n")).hasMessageContaining("ann is of the group x");
    for (var group : new String[] {"\tx, y", "\tx|y", "\tx\"y", ","}) {
      assertThatThrownBy(() -> read("ann" + group + "\n"))
          .hasMessageContaining("is no name for a group");
    }
    assertThatThrownBy(() -> read("\n")).hasMessageContaining("it is empty");
    var groups = read("ann x\n");
    assertThatThrownBy(() -> groups.of(faces("bob")))
        .hasMessageContaining("--groups names 1 people, but none of those evaluated")
        .hasMessageContaining("bob");
  }
}
