package facet.train.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import facet.train.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files from somebody else: no name in them reaches a file outside of their folder, nothing in
/// them reaches a terminal or a browser as a command, and a refusal is one line.
@Timeout(120)
class HostileInputTest {
  private static final String POINTS = ",10,8,15,8,12,12,10,17,15,17";
  @TempDir private static Path shared;
  private static Path checkpoint;
  @TempDir private Path temp;
  private Path faces;

  private record Result(int code, String out, String err) {}

  @BeforeAll
  static void aSmallRun() throws IOException {
    DrawnFaces.draw(shared.resolve("faces"), 4);
    var trained =
        run(
            "train --width 4 --depths 1,1 --size 16 --embedding 8 --batch-size 4 --epochs 1"
                + " --max-steps 1 --threads 1 --name run --people 1-2 --val-people 3-4",
            "--data",
            shared.resolve("faces"),
            "--output",
            shared);
    assertThat(trained.err()).isEmpty();
    checkpoint = shared.resolve("run/checkpoints/last.safetensors");
  }

  @org.junit.jupiter.api.BeforeEach
  void ownFaces() throws IOException {
    faces = temp.resolve("set/faces");
    DrawnFaces.draw(faces, 2);
  }

  /// Runs the words of `command`, then the further arguments as they are.
  private static Result run(String command, Object... more) {
    var arguments =
        Stream.concat(Arrays.stream(command.split(" ")), Arrays.stream(more).map(String::valueOf));
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    PrintStream outBefore = System.out;
    PrintStream errBefore = System.err;
    System.setOut(new PrintStream(out, true, UTF_8));
    System.setErr(new PrintStream(err, true, UTF_8));
    try {
      var code = Main.run(arguments.toArray(String[]::new));
      return new Result(code, out.toString(UTF_8), err.toString(UTF_8));
    } finally {
      System.setOut(outBefore);
      System.setErr(errBefore);
    }
  }

  private static void expectRefusal(Result result, int code, String part) {
    assertThat(result.err()).contains(part).doesNotContain("bug in Facet");
    assertThat(result.err().strip().lines()).hasSize(1);
    assertThat(result.code()).isEqualTo(code);
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(temp.resolve(name), text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../secret.png", "p0/../../secret.png", "/etc/passwd", "a\0b"})
  void noListLeadsOutOfItsFolder(String name) throws IOException {
    Files.copy(faces.resolve("p0/easy/0.png"), faces.resolveSibling("secret.png"));
    var inside = "p0/easy/0.png";
    var pairs = file("p.txt", name + "\t" + inside + "\t1\n" + inside + "\tp1/easy/0.png\t0\n");
    var people = file("g.txt", name + " x\n");
    var templates = file("t.txt", name + " 1 1\n");
    var templatePairs = file("tp.txt", "1 1 1\n");
    var landmarks = file("l.csv", name + POINTS + "\n");
    var problem = name.contains("\0") ? "is not a path" : "leads out of the folder";
    var bin = temp.resolve("x.bin");
    expectRefusal(run("pack", "--data", faces, "--pairs", pairs, "--out", bin), 3, problem);
    assertThat(bin).doesNotExist();
    var eval = new Object[] {"--checkpoint", checkpoint, "--data", faces};
    for (var options :
        List.of(
            new Object[] {"--pairs", pairs},
            new Object[] {"--gallery", people, "--probes", people},
            new Object[] {"--templates", templates, "--template-pairs", templatePairs})) {
      expectRefusal(
          run("eval", Stream.of(eval, options).flatMap(Arrays::stream).toArray()), 3, problem);
    }
    var out = temp.resolve("o");
    expectRefusal(
        run("align", "--data", faces, "--landmarks", landmarks, "--out", out), 3, problem);
    assertThat(out).doesNotExist();
  }

  @Test
  void alignWritesIntoItsFolderHoweverItIsNamed() throws IOException {
    var landmarks = file("l.csv", "p0/easy/../easy/0.png" + POINTS + "\n");
    var out = temp.resolve("a/b/..");
    Files.createDirectories(temp.resolve("a/b"));
    var aligned = run("align", "--data", faces, "--landmarks", landmarks, "--out", out);
    assertThat(aligned.err()).isEmpty();
    assertThat(temp.resolve("a/p0/easy/0.png")).exists();
    var twice = file("l2.csv", "p0/easy/0.png" + POINTS + "\np0/easy/0.png" + POINTS + "\n");
    expectRefusal(
        run("align", "--data", faces, "--landmarks", twice, "--out", temp.resolve("c")),
        3,
        "the same file as line 1");
  }

  @Test
  void onlyImagesOfTheFolderArePacked() throws IOException {
    var secret = file("secret.txt", "root:x:0:0");
    var rec = temp.resolve("x.rec");
    var outside = Files.copy(faces.resolve("p0/easy/0.png"), temp.resolve("outside.png"));
    Files.createSymbolicLink(faces.resolve("p0/easy/9.png"), outside);
    expectRefusal(run("pack", "--data", faces, "--out", rec), 3, "a link that leads out of");
    Files.delete(faces.resolve("p0/easy/9.png"));
    Files.copy(secret, faces.resolve("p0/easy/9.png"));
    var refused = run("pack", "--data", faces, "--out", rec);
    assertThat(refused.err()).contains("9.png: not a JPEG").doesNotContain("bug in Facet");
    assertThat(refused.code()).isEqualTo(3);
    try (var left = Files.list(temp)) {
      assertThat(left.map(f -> f.getFileName().toString()))
          .doesNotContain("x.rec", "x.idx")
          .noneMatch(name -> name.contains("tmp"));
    }
  }

  @Test
  void aPipeAmongTheImagesIsNotOpened() throws Exception {
    var pipe = faces.resolve("p0/easy/9.png").toString();
    assertThat(new ProcessBuilder("mkfifo", pipe).start().waitFor()).isZero();
    var trained = run("train --size 16 --dry-run", "--data", faces);
    assertThat(trained.code()).isEqualTo(3);
    assertThat(trained.err()).contains("9.png: a folder, pipe, socket or device");
    expectRefusal(
        run("embed", "--checkpoint", pipe, "--data", faces, "--out", "e.csv"), 3, "9.png");
  }

  @Test
  void namesAreShownNotCarriedOut() throws IOException {
    var person = faces.resolve("\u001b[2Jeve\nroot");
    Files.createDirectories(person);
    Files.writeString(person.resolve("0.png"), "no image");
    var trained = run("train --size 16 --dry-run", "--data", faces);
    assertThat(trained.err()).contains("\\x1b[2Jeve\\x0aroot/0.png").doesNotContain("\u001b");
    Files.copy(faces.resolve("p0/easy/0.png"), person.resolve("1.png"));
    Files.delete(person.resolve("0.png"));
    var csv = temp.resolve("e.csv");
    var embedded = run("embed", "--checkpoint", checkpoint, "--data", faces, "--out", csv);
    assertThat(embedded.err()).isEmpty();
    assertThat(Files.readString(csv)).contains("\\x1b[2Jeve\\x0aroot").doesNotContain("\u001b");
    assertThat(Files.readAllLines(csv)).hasSize(1 + 2 * 7 + 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "..", ".hidden", "a/b", "a,b", "a|b", "x\u001b[1m"})
  void runsAndArmsHavePlainNames(String name) throws IOException {
    expectRefusal(
        run(
            "train --size 16 --batch-size 4 --max-steps 1",
            "--data",
            faces,
            "--output",
            temp,
            "--name",
            name),
        2,
        "is no name for a folder");
    var quoted = name.replace("\u001b", "\\e");
    var yaml =
        file(
            "e.yaml",
            "data: %s\nval-people: 1-2\npretrain: {}\narms: {\"%s\": {loss: head}}\n"
                .formatted(faces, quoted));
    expectRefusal(
        run("experiment", yaml, "--output", temp.resolve("o"), "--dry-run"),
        2,
        "is no name for a folder");
  }

  @Test
  void aReportHasNoScriptsWhateverTheFilesSay() throws IOException {
    var json = shared.resolve("run/eval/after.json");
    var evil = "\\\"'><script>alert(1)</script>";
    var text = Files.readString(json);
    for (var word : List.of("trained", "easy-easy", "easy-hard", "hard-hard", "p2", "p3")) {
      text = text.replace('"' + word + '"', '"' + word + evil + '"');
    }
    Files.writeString(json, text);
    var config = shared.resolve("run/config.yaml");
    Files.writeString(config, "data: \"" + evil + "\"\nloss: \"" + evil + "\"\n");
    assertThat(run("report", shared.resolve("run")).err()).isEmpty();
    var html = Files.readString(shared.resolve("run/report.html"));
    assertThat(html)
        .contains("&lt;script&gt;", "hard-hard&quot;&#39;&gt;")
        .contains("Content-Security-Policy\" content=\"default-src 'none'")
        .doesNotContain("<script", "\"'>");
    // the pictures are part of the page: they are the run's own, and pictures
    var sheet = shared.resolve("run/eval/after.png");
    Files.delete(sheet);
    Files.createSymbolicLink(sheet, file("secret.txt", "root:x:0:0"));
    expectRefusal(run("report", shared.resolve("run")), 3, "is a link");
  }
}
