package facet.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every `./facet` line of `docs/recipes.md`, in its order, with the options that it has: on a few
/// drawn people instead of the data sets, and with networks as small as they get.
class RecipesTest {
  private static final Path ROOT = Path.of("..");
  private static final int PEOPLE = 6;

  /// What makes a training small.
  private static final Map<String, String> SMALL =
      Map.of("--depths", "1,1", "--width", "4", "--size", "16", "--embedding", "8");

  @TempDir private Path temp;

  @Test
  void everyCommandOfTheRecipesRuns() throws IOException {
    standIns();
    var commands = commands(Files.readString(ROOT.resolve("docs/recipes.md")));
    assertThat(commands).hasSizeGreaterThan(12);
    for (var command : commands) {
      var words = arguments(command);
      var result = CommandLineRun.of(words.toArray());
      assertThat(result.code()).as("%s%n%s", words, result.err()).isZero();
    }
    assertThat(temp.resolve("runs/lfw.json")).content().contains("accuracy");
    assertThat(temp.resolve("runs/ijbc.csv")).isNotEmptyFile();
    assertThat(temp.resolve("runs/ms1mv3.onnx")).isNotEmptyFile();
    assertThat(temp.resolve("runs/scface-2")).as("the experiment's folder").exists();
  }

  /// The program's lines in the document's shell blocks, continued ones joined.
  private static List<String> commands(String document) {
    return Stream.of(document.split("```sh\n"))
        .skip(1)
        .map(block -> block.substring(0, block.indexOf("```")).replaceAll("\\\\\n\\s*", " "))
        .flatMap(String::lines)
        .filter(line -> line.startsWith("./facet ") && !line.startsWith("./facet bench"))
        .map(line -> line.substring("./facet ".length()).strip())
        .toList();
  }

  /// A command as it runs here: paths in the test's folder, fewer people, the CPU.
  private List<String> arguments(String command) throws IOException {
    var words =
        Arrays.stream(command.split("\\s+"))
            .map(word -> Arrays.stream(word.split(",")).map(this::here))
            .map(parts -> parts.collect(Collectors.joining(",")))
            .collect(Collectors.toCollection(ArrayList::new));
    var name = words.getFirst();
    if (name.equals("train")) {
      SMALL.forEach((option, value) -> set(words, option, value));
      if (command.contains("mobilefacenet")) { // has four stages, and channels in groups of 64
        set(words, "--depths", "1,1,1,1");
        set(words, "--width", "64");
      }
      set(words, "--epochs", "1");
      set(words, command.contains("--loss ddl") ? "--ddl-branch" : "--batch-size", "4");
      set(words, "--max-steps", "2");
    }
    if (name.equals("experiment")) {
      words.set(1, shrunk(Path.of(words.get(1))).toString());
      set(words, "--name", "scface-2");
    }
    if (List.of("train", "experiment").contains(name)) {
      set(words, "--output", temp.resolve("runs").toString());
    }
    if (words.contains("--device")) {
      set(words, "--device", "cpu");
      var precision = words.indexOf("--precision");
      words.subList(precision, precision + 2).clear();
    }
    return words;
  }

  private String here(String word) {
    return switch (word) {
      case "1-50" -> "1-4";
      case "51-130" -> "5-6";
      default ->
          word.matches("(data|runs)/.*")
              ? temp.resolve(word).toString()
              : word.startsWith("experiments/") ? ROOT.resolve(word).toString() : word;
    };
  }

  private static void set(List<String> words, String option, String value) {
    var at = words.indexOf(option);
    if (at < 0) {
      words.addAll(List.of(option, value));
    } else {
      words.set(at + 1, value);
    }
  }

  /// The experiment with two seeds of an epoch, people and paths as here.
  private Path shrunk(Path yaml) throws IOException {
    var text =
        Arrays.stream(Files.readString(yaml).split("\n"))
            .map(line -> line.replaceFirst("seeds: .*", "seeds: 1-2"))
            .map(line -> line.replaceFirst("epochs: .*", "epochs: 1"))
            .map(line -> line.replaceFirst("ddl-branch: .*", "ddl-branch: 2"))
            .map(
                line ->
                    Arrays.stream(line.split(" ")).map(this::here).collect(Collectors.joining(" ")))
            .collect(Collectors.joining("\n"));
    return Files.writeString(temp.resolve("scface.yaml"), text);
  }

  private void standIns() throws IOException {
    var faces = temp.resolve("data/faces");
    DrawnFaces.draw(faces, PEOPLE);
    packed(faces);
    distances(faces);
    templates(faces);
    groups(faces);
  }

  private Path folder(String name) throws IOException {
    return Files.createDirectories(temp.resolve(name));
  }

  private void packed(Path faces) throws IOException {
    var pairs = new ArrayList<String>();
    for (var i = 0; i < 20; i++) {
      var person = "p" + i % 5 + "/easy/";
      pairs.add(person + i % 4 + ".png " + person + (i + 1) % 4 + ".png 1");
      pairs.add(person + i % 4 + ".png p" + (i % 5 + 1) + "/easy/0.png 0");
    }
    var list = Files.write(temp.resolve("data/pairs.txt"), pairs);
    for (var name : List.of("ms1mv3", "webface")) {
      var rec = folder("data/" + name).resolve("train.rec");
      run("pack", "--data", faces, "--out", rec);
      for (var set : List.of("lfw", "cfp_fp", "agedb_30")) {
        run("pack", "--data", faces, "--pairs", list, "--out", rec.resolveSibling(set + ".bin"));
      }
    }
  }

  private static void run(Object... arguments) {
    var result = CommandLineRun.of(arguments);
    assertThat(result.code()).as(result.err()).isZero();
  }

  /// Photos with landmarks, and lists of those not trained on.
  private void distances(Path faces) throws IOException {
    var landmarks = new ArrayList<String>();
    var lists = new LinkedHashMap<String, List<String>>();
    for (var p = 0; p < PEOPLE; p++) {
      for (var part : List.of("near", "d1", "d2", "d3")) {
        var from = faces.resolve("p" + p).resolve(part.equals("near") ? "easy" : "hard");
        for (var i = 0; i < 3; i++) {
          var path = "p" + p + "/" + part + "/" + i + ".png";
          var to = temp.resolve("data/scface-photos").resolve(path);
          Files.createDirectories(to.getParent());
          Files.copy(from.resolve(i + ".png"), to);
          landmarks.add(path + ",8,10,16,10,12,14,9,18,15,18");
          if (p >= 4 && (i == 0 || !part.equals("near"))) {
            lists.computeIfAbsent(part, name -> new ArrayList<>()).add(path + " p" + p);
          }
        }
      }
    }
    Files.write(temp.resolve("data/scface-landmarks.csv"), landmarks);
    lists.forEach((part, lines) -> write("data/scface-" + part + ".txt", lines));
  }

  private void write(String name, List<String> lines) {
    try {
      var file = temp.resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// IJB's layout: a template of two images a person.
  private void templates(Path faces) throws IOException {
    var images = folder("data/ijbc/loose_crop");
    var members = new ArrayList<String>();
    var points = new ArrayList<String>();
    var pairs = new ArrayList<String>();
    for (var i = 0; i < 4 * PEOPLE; i++) {
      Files.copy(
          faces.resolve("p" + i / 4).resolve("easy").resolve(i % 4 + ".png"),
          images.resolve(i + ".png"));
      members.add(i + ".png " + (1 + i / 2) + " " + i);
      points.add(i + ".png 8 10 16 10 12 14 9 18 15 18 0.9");
    }
    for (var t = 1; t < 2 * PEOPLE; t++) {
      pairs.add(t + " " + (t + 1) + " " + t % 2);
    }
    write("data/ijbc/meta/ijbc_face_tid_mid.txt", members);
    write("data/ijbc/meta/ijbc_name_5pts_score.txt", points);
    write("data/ijbc/meta/ijbc_template_pair_label.txt", pairs);
    // the first template of a person is known, in one of two galleries, the second is to be found
    for (var gallery : List.of("1N_gallery_G1", "1N_gallery_G2", "1N_probe_mixed")) {
      var lines = new ArrayList<>(List.of("TEMPLATE_ID,SUBJECT_ID,FILENAME"));
      for (var p = 0; p < PEOPLE; p++) {
        if (gallery.equals("1N_probe_mixed")) {
          lines.add(2 * p + 2 + "," + p + ",img/" + p + ".jpg");
        } else if (gallery.endsWith(p < 3 ? "1" : "2")) {
          lines.add(2 * p + 1 + "," + p + ",img/" + p + ".jpg");
        }
      }
      write("data/ijbc/meta/ijbc_" + gallery + ".csv", lines);
    }
  }

  /// RFW's layout: images `name_0001.jpg`, a list of pairs without a header.
  private void groups(Path faces) throws IOException {
    var pairs = new ArrayList<String>();
    for (var p = 0; p < PEOPLE; p++) {
      for (var root : List.of("data/rfw/data/African", "data/rfw-people")) {
        var person = folder(root + "/m.0" + p);
        for (var i = 0; i < 4; i++) {
          Files.copy(
              faces.resolve("p" + p + "/easy/" + i + ".png"),
              person.resolve("m.0" + p + "_000" + (i + 1) + ".png"));
        }
      }
      for (var i = 1; i < 4; i++) {
        pairs.add("m.0" + p + "\t" + i + "\t" + (i + 1));
        pairs.add("m.0" + p + "\t" + i + "\tm.0" + (p + 1) % PEOPLE + "\t" + i);
      }
    }
    write("data/rfw/txts/African/African_pairs.txt", pairs);
    write(
        "data/rfw-groups.txt",
        IntStream.range(0, PEOPLE).mapToObj(p -> "m.0" + p + (p < 3 ? " one" : " two")).toList());
  }
}
