package facet.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What no command can do anything with: one line that names it, at once.
@Timeout(60)
class RefusedInputTest extends SmallTrainings {
  private static Path network;

  @BeforeEach
  void aNetwork() {
    if (network == null) {
      var output = shared.resolve("network");
      assertThat(train("--max-steps", 1, "--output", output).err()).isEmpty();
      network = output.resolve("run/checkpoints/last.safetensors");
    }
  }

  /// Runs a command, in which `NET`, `DATA` and `TEMP` stand for the network and folders.
  private CommandLineRun run(String command) {
    var words = new ArrayList<Object>();
    for (var word : command.split(" ")) {
      words.add(
          word.replace("NET", network.toString())
              .replace("DATA", shared.resolve("faces").toString())
              .replace("TEMP", temp.toString())
              .replace("EMPTY", ""));
    }
    return CommandLineRun.of(words.toArray());
  }

  private void expectRefusal(String command, int code, String part) {
    var result = run(command);
    assertThat(result.err()).as(command).contains(part).doesNotContain("bug in Facet");
    assertThat(result.code()).as(command).isEqualTo(code);
  }

  /// Opening a pipe waits until somebody writes to it.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "train --config TEMP/pipe",
        "train --data DATA --size 16 --pairs TEMP/pipe",
        "eval --checkpoint NET --data DATA --gallery TEMP/pipe --probes DATA",
        "eval --checkpoint NET --data DATA --templates TEMP/link --template-pairs TEMP/pipe",
        "eval --checkpoint NET --data DATA --groups TEMP/pipe",
        "align --data DATA --landmarks TEMP/pipe --out TEMP/o",
        "pack --data DATA --pairs TEMP/pipe --out TEMP/o.bin",
        "experiment TEMP/pipe"
      })
  void aPipeAsAListIsNotOpened(String command) throws Exception {
    var pipe = temp.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Files.createSymbolicLink(temp.resolve("link"), pipe);
    expectRefusal(command, 3, "it is a pipe, socket or device");
  }

  @Test
  void whatADownloadLeftIsNoList() throws Exception {
    for (var text :
        List.of("version https://git-lfs.github.com/spec/v1\n", "<!DOCTYPE html>\n", "<?xml ?>")) {
      Files.writeString(temp.resolve("list"), text);
      expectRefusal("eval --checkpoint NET --data DATA --pairs TEMP/list", 3, "list: it is a");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "eval --checkpoint NET --data DATA --batch-size 2147483647 -> --batch-size is 2147483647",
        "embed --checkpoint NET --data DATA --out TEMP/e.csv --threads 99999 -> --threads is 99999",
        "export --checkpoint NET --out TEMP/e.onnx --size 32 -> leave --size out",
        "eval --checkpoint NET --data DATA --json / -> --json is /, expected a name in .json",
        "train --data synthetic:0 -> synthetic:0 is no number of people",
        "train --data DATA --loss ddl --students hard,Hard -> names of sub-folders, each once",
        "train --data DATA --loss ddl --ddl-branch 1 -> --ddl-branch and --ddl-group must be 2",
        "train --data DATA --loss ddl --ddl-gamma 1e30 -> --ddl-gamma is 1.0E30, expected 0.5 to",
        "train --data EMPTY -> an empty path",
        "embed --checkpoint NET --data DATA --out EMPTY -> an empty path",
        "eval --checkpoint EMPTY --data DATA -> an empty path"
      })
  void whatNothingCanComeOfIsRefused(String row) {
    var parts = row.split(" -> ");
    expectRefusal(parts[0], 2, parts[1]);
  }

  /// What is written beside an output is no more anybody else's than the output is.
  @Test
  void nothingIsReplacedBesideAnOutput() throws Exception {
    Files.writeString(temp.resolve("e.txt"), "mine");
    expectRefusal("embed --checkpoint NET --data DATA --out TEMP/e.npy", 2, "e.txt, too, which is");
    Files.writeString(temp.resolve("p.lst"), "mine");
    expectRefusal("pack --data DATA --out TEMP/p.rec", 2, "p.lst, too, which is there without it");
    expectRefusal("embed --checkpoint NET TEMP/e.txt --out TEMP/e.safetensors", 2, "would replace");
    assertThat(temp.resolve("e.txt")).hasContent("mine");
    assertThat(run("embed --checkpoint NET --data DATA --out TEMP/f.npy").err()).isEmpty();
    assertThat(run("embed --checkpoint NET --data DATA --out TEMP/f.npy").err()).isEmpty();
  }

  @Test
  void twoNamesOfOneFileAreOneOutput() throws Exception {
    Files.createSymbolicLink(temp.resolve("b.json"), Path.of("a.json")); // not there yet
    expectRefusal(
        "eval --checkpoint NET --data DATA --json TEMP/a.json --roc TEMP/b.json",
        2,
        "a.json, which is written as --roc, too");
  }

  @Test
  void alignedImagesStayInTheirFolder() throws Exception {
    Files.createDirectories(temp.resolve("o"));
    Files.createDirectories(temp.resolve("other/easy"));
    Files.createSymbolicLink(temp.resolve("o/p0"), Path.of("../other"));
    Files.writeString(temp.resolve("l.csv"), "p0/easy/0.png,10,8,15,8,12,12,10,17,15,17\n");
    var result = run("align --data DATA --landmarks TEMP/l.csv --out TEMP/o");
    assertThat(result.code()).isEqualTo(3);
    assertThat(result.out()).contains("a link in it leads out of the folder");
    assertThat(temp.resolve("other/easy")).isEmptyDirectory();
  }

  /// A name that begins with an at-sign is no file of arguments.
  @Test
  void anAtSignIsALetter() throws Exception {
    Files.writeString(temp.resolve("@x"), "--help");
    var result = run("embed --checkpoint NET TEMP/@x --out TEMP/e.csv");
    assertThat(result.err()).contains("@x: not a JPEG");
    assertThat(Arrays.asList(result.out().split("\n"))).noneMatch(line -> line.contains("Usage"));
  }

  /// A loss from which nothing is learnt is noticed in the first step.
  @Test
  void warnsOfAGradientOfZero() {
    var result = train("--loss", "softmax", "--scale", 1e-37, "--max-steps", 1);
    assertThat(result.out()).contains("Warning: the gradient is 0");
  }
}
