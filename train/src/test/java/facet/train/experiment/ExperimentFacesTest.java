package facet.train.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.source.Faces;
import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whom the trainings of an experiment see.
class ExperimentFacesTest {
  private static final String DESCRIPTION =
      """
      data: synthetic
      people: 11-30
      folds: 2,4/4
      width: 4
      depths: 1,1
      size: 16
      embedding: 8
      seeds: 1-2
      pretrain: {people: 11-20, domain: easy}
      finetune: {loss: head, people: 21-30, ddl-branch: 3}
      arms:
        plain: {}
        all: {people: 11-30}
      """;

  @TempDir private Path temp;

  private Experiment experiment(String text) throws IOException {
    var file = temp.resolve("experiment.yaml");
    Files.writeString(file, text);
    return Experiment.read(file, null);
  }

  private static ExperimentFaces faces(Experiment experiment) {
    return new ExperimentFaces(
        experiment, new Faces(16, 0, false, 1, line -> {}, (done, total) -> {}));
  }

  private static Set<String> names(FaceDataset data) {
    var names = new TreeSet<String>();
    for (var i = 0; i < data.size(); i++) {
      names.add(data.item(i).name());
    }
    return names;
  }

  @Test
  void foldsAreKeptBackFromEveryTraining() throws IOException {
    var experiment = experiment(DESCRIPTION);
    assertThat(experiment.units())
        .containsExactly(
            new Unit(1, 2, 4), new Unit(1, 4, 4), new Unit(2, 2, 4), new Unit(2, 4, 4));
    var faces = faces(experiment);
    var unit = new Unit(1, 2, 4);
    assertThat(unit.folder()).isEqualTo("seed-1-fold-2-of-4");
    var kept = faces.validation(unit).images();
    // the 2nd, 6th, ... of the people 11 to 30, who are numbered from 0 in their names
    assertThat(names(kept))
        .containsExactly("person-0011", "person-0015", "person-0019", "person-0023", "person-0027");
    assertThat(kept.count(Domain.HARD)).isPositive();

    var pretraining = faces.training(experiment.pretraining(1), unit);
    assertThat(names(pretraining))
        .containsExactly(
            "person-0010",
            "person-0012",
            "person-0013",
            "person-0014",
            "person-0016",
            "person-0017",
            "person-0018");
    assertThat(pretraining.count(Domain.HARD)).isZero();
    assertThat(pretraining.identities()).isEqualTo(7);

    var plain = faces.training(experiment.arm("plain", 1), unit);
    assertThat(names(plain)).hasSize(8).doesNotContainAnyElementsOf(names(pretraining));
    assertThat(names(plain)).doesNotContainAnyElementsOf(names(kept));
    assertThat(plain.count(Domain.HARD)).isPositive();
    assertThat(names(faces.training(experiment.arm("all", 1), unit))).hasSize(15);
  }

  @Test
  void anImageIsThatOfTheWhole() throws IOException {
    var experiment = experiment(DESCRIPTION);
    var faces = faces(experiment);
    var all = experiment.options().data.open(new Faces(16, 0, false, 1, l -> {}, (d, t) -> {}));
    var kept = faces.validation(new Unit(1, 4, 4)).images();
    var index = kept.size() - 1;
    var found = new byte[3 * 16 * 16];
    var expected = new byte[3 * 16 * 16];
    kept.load(index, 16, found);
    for (var i = 0; i < all.size(); i++) {
      if (all.item(i).source().equals(kept.item(index).source())) {
        all.load(i, 16, expected);
      }
    }
    assertThat(found).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "folds: 2,4/4 | folds: 5/4 | selection 5 reaches past its 4 folds",
        "folds: 2,4/4 | folds: 2 | 'folds' is 2, expected which of how many",
        "folds: 2,4/4 | seeds: 1 | occurs a second time",
        "people: 21-30 | people: 21-31 | a section's people 21-31 are not all among",
        "domain: easy | domain: soft | --domain is soft, expected easy, hard or all",
        "width: 4 | val-people: 1-10 | say whom to compare the arms on",
      })
  void wrongPeopleAreRefused(String before, String after, String message) {
    assertThatThrownBy(
            () -> {
              var experiment = experiment(DESCRIPTION.replace(before, after));
              var faces = faces(experiment);
              for (var arm : List.of("plain", "all")) {
                faces.training(experiment.arm(arm, 1), new Unit(1, 2, 4));
              }
            })
        .isInstanceOf(FacetException.class)
        .hasMessageContaining(message);
  }

  @Test
  void sectionsNameTheirPeople() throws IOException {
    for (var person : List.of("anna", "ben", "cleo", "dora", "eve")) {
      for (var i = 0; i < 3; i++) {
        var file = temp.resolve("faces").resolve(person).resolve(i + ".ppm");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "P3 1 1 255 " + i + " 2 3\n");
      }
    }
    var text =
        DESCRIPTION
            .replace("data: synthetic", "data: " + temp.resolve("faces"))
            .replace("people: 11-30\nfolds: 2,4/4", "people: anna,ben,cleo\nval-people: dora,eve")
            .replace("people: 11-20, domain: easy", "people: ben")
            .replace("people: 21-30, ddl-branch: 3", "ddl-branch: 3")
            .replace("{people: 11-30}", "{people: 'anna,cleo'}");
    var experiment = experiment(text);
    var unit = experiment.units().getFirst();
    var faces = faces(experiment);
    assertThat(names(faces.training(experiment.pretraining(1), unit))).containsExactly("ben");
    assertThat(names(faces.training(experiment.arm("plain", 1), unit)))
        .containsExactly("anna", "ben", "cleo");
    assertThat(names(faces.training(experiment.arm("all", 1), unit)))
        .containsExactly("anna", "cleo");
    assertThatThrownBy(() -> faces(experiment(text.replace("people: ben", "people: dora"))))
        .hasMessageContaining("a section's 'dora' is not among the 3 people of the experiment");
    assertThatThrownBy(() -> faces(experiment(text.replace("people: ben", "people: 1-2"))))
        .hasMessageContaining("a section counts its people (1-2), the experiment names them");
  }
}
