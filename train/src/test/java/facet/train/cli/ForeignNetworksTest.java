package facet.train.cli;

import static facet.train.cli.CommandLineRun.words;
import static org.assertj.core.api.Assertions.assertThat;

import facet.nn.io.TorchFiles;
import facet.nn.io.WeightFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Networks that PyTorch saved, through every command that takes one and out again.
class ForeignNetworksTest {
  @TempDir private static Path shared;
  @TempDir private Path temp;
  private String err = "";
  private String out = "";

  @BeforeAll
  static void drawFaces() throws IOException {
    DrawnFaces.draw(shared.resolve("faces"), 4);
  }

  private int run(Object... arguments) {
    var run = CommandLineRun.of(arguments);
    out = run.out();
    err = run.err();
    return run.code();
  }

  @Test
  void areEvaluatedTrainedOnAndExported() throws IOException {
    var pth = TorchFiles.copy("iresnet-legacy.pth", temp);
    var faces = shared.resolve("faces");
    assertThat(run("eval", "--checkpoint", pth, "--data", faces, "--threads", 1)).isZero();
    assertThat(out)
        .contains(
            "insightface's IResNet, iresnet (blocks [1, 2, 1], width 4, 32 x 32 pixels, embedding"
                + " 8), RGB input, names after 'state_dict_backbone.module.'; 1 other tensors are"
                + " left out, such as 'state_dict_softmax_fc.weight'");
    assertThat(
            run(
                "train",
                "--init",
                pth,
                "--data",
                faces,
                words("--batch-size 8 --epochs 1 --lr 0.001 --threads 1 --output"),
                temp.resolve("runs"),
                "--name",
                "run"))
        .as(err)
        .isZero();
    assertThat(out).contains("names after").contains("a new one is learnt");
    var tuned = temp.resolve("runs/run/checkpoints/last.safetensors");
    var again = temp.resolve("again.pth");
    assertThat(run("export", "--checkpoint", tuned, "--out", again)).isZero();
    assertThat(run("eval", "--checkpoint", again, "--data", faces, "--threads", 1)).isZero();
    try (var before = WeightFile.open(tuned);
        var after = WeightFile.open(again)) {
      for (var name : after.shapes().keySet()) {
        assertThat(after.floats(name)).as(name).isEqualTo(before.floats(name));
      }
    }
    assertThat(run("export", "--checkpoint", pth, "--out", temp.resolve("n.onnx"), "--pixels"))
        .isZero();
    assertThat(temp.resolve("n.onnx")).isNotEmptyFile();
  }

  @Test
  void optionsThatSayNothingAreRefused() throws IOException {
    var pth = TorchFiles.copy("iresnet.pth", temp);
    assertThat(run("export", "--checkpoint", pth, "--out", temp.resolve("n.pb"))).isEqualTo(2);
    assertThat(err).contains("n.pb, expected a name in .safetensors, .pth or .onnx");
    assertThat(temp.resolve("n.pb")).doesNotExist();
    var own = temp.resolve("own.safetensors");
    assertThat(run("export", "--checkpoint", pth, "--out", own, "--layout", "nhwc")).isEqualTo(2);
    assertThat(err).contains("are for .onnx; leave them out");
    assertThat(run("export", "--checkpoint", pth, "--out", own)).isZero();
    var image = anImage();
    assertThat(run("compare", "--checkpoint", own, "--channels", "bgr", image, image)).isEqualTo(2);
    assertThat(err).contains("takes RGB; leave --channels out");
    assertThat(run("compare", "--checkpoint", own, "--size", 28, image, image)).isEqualTo(2);
    assertThat(err).contains("leave --size out");
    assertThat(run("eval", "--checkpoint", TorchFiles.copy("gadget.pth", temp), "--data", shared))
        .isEqualTo(3);
    assertThat(err).contains("posix.system");
  }

  @Test
  void comparesAndEmbedsSingleImages() throws IOException {
    var pth = TorchFiles.copy("ir.pth", temp);
    var faces = shared.resolve("faces");
    var a = faces.resolve("p0/easy/0.png");
    var b = faces.resolve("p1/easy/0.png");
    assertThat(run("compare", "--checkpoint", pth, "--channels", "bgr", a, a)).as(err).isZero();
    assertThat(out.strip()).endsWith("1.0000");
    assertThat(run("compare", "--checkpoint", pth, "--channels", "bgr", a, b)).isZero();
    var printed = out.strip().lines().toList().getLast();
    var cosine = Double.parseDouble(printed);
    assertThat(cosine).isBetween(-1.0, 0.99995);
    assertThat(run("compare", "--checkpoint", pth, "--channels", "bgr", a, a, b)).isZero();
    assertThat(out.strip().lines())
        .endsWith(
            "1.0000\t" + a + "\t" + a,
            printed + "\t" + a + "\t" + b,
            printed + "\t" + a + "\t" + b);
    assertThat(run("compare", "--checkpoint", pth, "--channels", "bgr", a)).isEqualTo(2);

    var csv = temp.resolve("e.csv");
    assertThat(run("embed", "--checkpoint", pth, "--channels", "bgr", a, b, "--out", csv)).isZero();
    var lines = Files.readAllLines(csv);
    assertThat(lines).hasSize(3);
    assertThat(lines.getFirst()).startsWith("path,person,domain,norm,e0,");
    var rows = lines.stream().skip(1).map(l -> l.split(",")).toList();
    var dot = 0.0;
    for (var k = 4; k < 12; k++) {
      dot += Double.parseDouble(rows.get(0)[k]) * Double.parseDouble(rows.get(1)[k]);
    }
    assertThat(dot).isCloseTo(cosine, org.assertj.core.api.Assertions.within(1e-4));

    var npy = temp.resolve("e.npy");
    var in = System.in;
    System.setIn(new ByteArrayInputStream((a + "\n" + b + "\n").getBytes(StandardCharsets.UTF_8)));
    try {
      assertThat(run("embed", "--checkpoint", pth, "--channels", "bgr", "-", "--raw", "--out", npy))
          .as(err)
          .isZero();
    } finally {
      System.setIn(in);
    }
    var bytes = Files.readAllBytes(npy);
    assertThat(bytes).hasSize(128 + 2 * 8 * 4);
    assertThat(new String(bytes, 10, 60, StandardCharsets.US_ASCII))
        .startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 8), }");
    var floats = java.nio.ByteBuffer.wrap(bytes, 128, 32).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    var squares = 0.0;
    for (var k = 0; k < 8; k++) {
      var v = floats.getFloat();
      squares += v * v;
    }
    assertThat(Math.sqrt(squares))
        .isCloseTo(
            Double.parseDouble(rows.get(0)[3]), org.assertj.core.api.Assertions.within(1e-3));
    assertThat(Files.readAllLines(temp.resolve("e.txt"))).containsExactly(a + "", b + "");
    assertThat(run("embed", "--checkpoint", pth, "--data", faces, a, "--out", csv)).isEqualTo(2);
    assertThat(err).contains("not both");
  }

  private static Path anImage() throws IOException {
    try (var files = Files.walk(shared)) {
      return files.filter(file -> file.toString().endsWith(".png")).findFirst().orElseThrow();
    }
  }
}
