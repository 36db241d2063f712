package facet.train.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.kernels.cpu.CpuBackend;
import facet.train.Main;
import facet.train.data.source.Faces;
import facet.train.error.FacetException;
import facet.train.eval.Evaluation;
import facet.train.run.Quiet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExperimentTest {
  private static final String DESCRIPTION =
      """
      data: synthetic
      people: 1-3
      val-people: 4-5
      width: 4
      depths: 1,1
      size: 16
      embedding: 8
      seeds: 1-2
      baseline: plain
      pretrain: {epochs: 2, batch-size: 8, warmup: 0}
      finetune: {loss: head, epochs: 2, ddl-branch: 3, lr: 0.01, warmup: 0}
      arms:
        plain: {}
        ddl: {loss: ddl, loss-weight: 10}
      """;

  @TempDir private Path temp;

  private Path file(String text) throws IOException {
    var file = temp.resolve("experiment.yaml");
    Files.writeString(file, text);
    return file;
  }

  private ExperimentResults run(String description, String folder, BooleanSupplier interrupted)
      throws IOException {
    var experiment = Experiment.read(file(description), null);
    var faces = new Faces(16, 0, false, 1, line -> {}, (done, total) -> {});
    try (var backend = new CpuBackend(1)) {
      return new ExperimentRun(
              experiment,
              new ExperimentFaces(experiment, faces),
              temp.resolve(folder),
              backend,
              Quiet.console(),
              embedder -> new Evaluation(embedder, (done, total) -> {}),
              interrupted)
          .run();
    }
  }

  private String text(String file) throws IOException {
    return Files.readString(temp.resolve(file));
  }

  @Test
  void armsStartFromOneNetworkAndAreCompared() throws IOException {
    var results = run(DESCRIPTION, "a", () -> false);
    assertThat(results.arms()).containsExactly("pretrained", "plain", "ddl");
    assertThat(text("a/table.md"))
        .contains("Over the seeds 1, 2", "| hard-hard ", "| ddl ", "Differences", "| ddl - plain ");
    assertThat(text("a/table.csv"))
        .startsWith(
            "arm,pairs,metric,seeds,mean,deviation,difference,low,high,seeds_low,seeds_high,baseline\n"
                + "pretrained,")
        .contains("ddl,hard-hard,tar@far=1e-1,2,")
        .contains("plain,easy-easy,overlap,2,");
    assertThat(text("a/seed-2/ddl/config.yaml"))
        .contains("seed: \"2\"", "a/seed-2/pretrained/checkpoints/last.safetensors\"");
    assertThat(text("a/seed-1/ddl/figures.csv"))
        .isNotEqualTo(text("a/seed-1/plain/figures.csv"))
        .isNotEqualTo(text("a/seed-2/ddl/figures.csv"));
  }

  @Test
  void anInterruptedExperimentGoesOnWhereItStopped() throws IOException {
    var description = DESCRIPTION.replace("1-2", "1");
    run(description, "whole", () -> false);
    var asked = new AtomicInteger();
    var times = 0;
    do {
      asked.set(0);
      run(description, "parts", () -> asked.incrementAndGet() > 4); // stops inside of trainings
      times++;
    } while (asked.get() > 4);
    assertThat(times).isGreaterThan(3);
    assertThat(text("parts/results.csv")).isEqualTo(text("whole/results.csv"));
    assertThat(text("parts/table.md")).isEqualTo(text("whole/table.md"));
  }

  @Test
  void whatIsDoneIsNotDoneAgain() throws IOException {
    run(DESCRIPTION.replace("1-2", "1"), "a", () -> false);
    var kept = temp.resolve("a/seed-1/plain/checkpoints/last.safetensors");
    Files.delete(kept); // training again would write it again
    var results = run(DESCRIPTION, "a", () -> false);
    assertThat(kept).doesNotExist();
    assertThat(results.arms()).containsExactly("pretrained", "plain", "ddl");
    assertThatThrownBy(() -> run(DESCRIPTION.replace("0.01", "0.02"), "a", () -> false))
        .isInstanceOf(FacetException.class)
        .hasMessageContaining("seed-1/plain was begun with other settings (lr differs)");
  }

  @Test
  void armsOfAnotherPretrainingAreNotMixedIn() throws IOException {
    var description = DESCRIPTION.replace("1-2", "1");
    run(description, "a", () -> false);
    var pretrained = temp.resolve("a/seed-1/pretrained");
    Files.move(pretrained, temp.resolve("aside")); // as the message for other settings says
    assertThatThrownBy(
            () ->
                run(description.replace("epochs: 2, batch", "epochs: 1, batch"), "a", () -> false))
        .isInstanceOf(FacetException.class)
        .hasMessageContaining("seed-1/plain was begun with another network to start from;");
  }

  @Test
  void aGivenNetworkIsNotPretrained() throws IOException {
    run(DESCRIPTION.replace("1-2", "1"), "a", () -> false);
    var network = temp.resolve("a/seed-1/pretrained/checkpoints/last.safetensors");
    var given = DESCRIPTION.replaceFirst("pretrain: .*", "init: " + network).replace("1-2", "1");
    run(given, "b", () -> false);
    assertThat(text("b/results.csv")).isEqualTo(text("a/results.csv"));
    assertThat(temp.resolve("b/seed-1/pretrained/checkpoints/last.safetensors")).doesNotExist();
  }

  /// The pretrained network's figures are of images in its own order of channels.
  @Test
  void aGivenNetworkIsEvaluatedAsItWasTrained() throws IOException {
    var one = DESCRIPTION.replace("1-2", "1");
    run(one, "a", () -> false);
    var checkpoint = temp.resolve("a/seed-1/pretrained/checkpoints/last.safetensors");
    var exported = temp.resolve("network.pth");
    assertThat(Main.run("export", "--checkpoint", "" + checkpoint, "--out", "" + exported))
        .isZero();
    var given = one.replaceFirst("pretrain: .*", "init: " + exported);
    run(given, "rgb", () -> false);
    run(given + "channels: bgr\n", "bgr", () -> false);
    assertThat(text("rgb/seed-1/pretrained/figures.csv"))
        .isEqualTo(text("a/seed-1/pretrained/figures.csv"))
        .isNotEqualTo(text("bgr/seed-1/pretrained/figures.csv"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lr: 0.01 -> rl: 0.01 -> line 11: unknown key 'rl'; did you mean 'lr'?",
        "seeds: -> seed: -> line 8: unknown key 'seed'; did you mean 'seeds'?",
        "loss: ddl -> loss: dll -> ddl: --loss is dll, expected one of",
        "lr: 0.01 -> lr: fast -> line 11: Invalid value for option '--lr'",
        "plain: {} -> plain: 3 -> line 13: 'plain' must hold 'key: value' lines or be {}.",
        "plain: {} -> ddl: {} -> line 14: the key 'ddl' occurs a second time.",
        "plain: {} -> pretrained: {} -> 'plain' is not among the arms pretrained, ddl",
        "baseline: plain -> baseline: none -> the baseline 'none' is not among the arms plain,"
            + " ddl.",
        "plain: {} -> plain: {against: none} -> plain is to be compared with 'none', which is not",
        "pretrain: {epochs: 2, batch-size: 8, warmup: 0} ->  -> say either how to pretrain",
        "seeds: 1-2 -> seeds: two -> selection 'two'"
      })
  void aWrongDescriptionIsRefusedBeforeAnythingIsTrained(String change) {
    var parts = change.split(" -> ");
    assertThatThrownBy(() -> run(DESCRIPTION.replace(parts[0], parts[1]), "a", () -> false))
        .isInstanceOf(FacetException.class)
        .hasMessageContaining(parts[2]);
    assertThat(temp.resolve("a")).doesNotExist();
  }

  @Test
  void theCommandPrintsTheTable() throws IOException {
    var description = file(DESCRIPTION.replace("1-2", "1"));
    var code =
        Main.run(
            "experiment",
            description.toString(),
            "--output",
            temp.resolve("runs").toString(),
            "--threads",
            "1");
    assertThat(code).isZero();
    assertThat(temp.resolve("runs/experiment/table.md")).exists();
    assertThat(List.of(text("runs/experiment/results.csv").split("\n"))).hasSizeGreaterThan(30);
  }

  @Test
  void groupsOfPeopleAreComparedWithTheirIntervals() throws IOException {
    var description =
        DESCRIPTION
            .replace("1-2", "1")
            .replace("data: synthetic", "data: synthetic-tones")
            .replace("1-3", "1-13") // three of a tone at least
            .replace("4-5", "14-29")
            .replace("loss-weight: 10", "loss-weight: 10, students: 'tone-2,tone-3,tone-4'");
    var runs = temp.resolve("runs").toString();
    for (var groups : List.of("", "groups: folders\n")) { // added when all are evaluated
      var file = file(groups + description).toString();
      assertThat(Main.run("experiment", file, "--output", runs, "--threads", "1")).isZero();
    }
    assertThat(text("runs/experiment/table.md"))
        .containsPattern("\\| group/tone-4 +\\| accuracy")
        .containsPattern("\\| groups +\\| mean accuracy +\\| deviation +\\| worst error by best");
    assertThat(text("runs/experiment/table.csv"))
        .containsPattern(
            "ddl,group/tone-2,balanced-accuracy,1,0[.]\\d+,NaN,[-0-9.E]+,[-0-9.E]+,[-0-9.E]+,")
        .containsPattern("ddl,groups,error-ratio,1,");
  }

  @Test
  void networksAreEvaluatedAgainWhereAListOfGroupsIsAnother() throws IOException {
    var list = temp.resolve("groups.txt");
    var description = "groups: " + list + "\n" + DESCRIPTION.replace("1-2", "1");
    for (var group : List.of("old", "new")) {
      Files.writeString(list, "person-0003 %s\nperson-0004 %1$s\n".formatted(group));
      run(description, "a", () -> false);
      assertThat(text("a/seed-1/ddl/figures.csv")).contains("group/" + group + "/");
    }
    assertThat(text("a/table.csv")).doesNotContain("old");
    var checkpoint = temp.resolve("a/seed-1/plain/checkpoints/last.safetensors");
    Files.delete(checkpoint); // evaluating again would need it
    run(description, "a", () -> false);
    assertThat(checkpoint).doesNotExist();
  }

  @Test
  void theExperimentsOfTheRepositoryAreRight() {
    var folder = Path.of("..", "experiments");
    assertThat(Experiment.read(folder.resolve("pose-weights.yaml"), null).arms()).hasSize(9);
    for (var name : List.of("pose", "resolution", "synthetic")) {
      var experiment = Experiment.read(folder.resolve(name + ".yaml"), null);
      assertThat(experiment.baseline()).isEqualTo("arcface");
      assertThat(experiment.arms()).contains("ddl");
      assertThat(experiment.baseline("ddl")).isEqualTo("arcface");
    }
    assertThat(Experiment.read(folder.resolve("divergence.yaml"), null).units())
        .extracting(Unit::fold)
        .containsExactly(2, 3, 4, 5);
    assertThat(Experiment.read(folder.resolve("resolution.yaml"), null).baseline("ddl-2"))
        .isEqualTo("arcface-2");
  }

  @Test
  void anArmIsComparedWithTheOneItNames() {
    var results = new ExperimentResults(Map.of("a", "a", "b", "a", "c", "b")::get);
    var margins = Map.of("a", 0.1, "b", 0.4, "c", 0.3);
    margins.forEach(
        (arm, margin) ->
            results.add(new Unit(1, 0, 0), arm, Map.of("hard-hard/margin", margin), Map.of()));
    assertThat(results.markdown())
        .containsPattern("b - a .* \\+0.300 ")
        .containsPattern("c - b .* -0.100 ")
        .doesNotContain("a - ");
  }
}
