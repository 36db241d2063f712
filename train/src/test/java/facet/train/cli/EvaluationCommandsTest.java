package facet.train.cli;

import static facet.train.cli.CommandLineRun.words;
import static facet.train.error.Printable.format;
import static org.assertj.core.api.Assertions.assertThat;

import facet.train.data.image.ImageEncoder;
import facet.train.data.image.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Packed data, the field's protocols, alignment and the report, as a user runs them.
class EvaluationCommandsTest {
  private static final int PEOPLE = 6;
  @TempDir private static Path shared;
  @TempDir private Path temp;

  /// Six people, and a network that has seen them for two epochs.
  @BeforeAll
  static void train() throws IOException {
    DrawnFaces.draw(shared.resolve("faces"), PEOPLE);
    var trained = trainOn(shared.resolve("faces"), "run", "--val-people", "1-6", "--allow-overlap");
    assertThat(trained.err()).isEmpty();
  }

  private static CommandLineRun trainOn(Path data, String name, Object... more) {
    return CommandLineRun.of(
        words("train --width 4 --depths 1,1 --size 16 --embedding 8 --batch-size 8 --epochs 2"),
        words("--warmup 0 --threads 1 --name " + name),
        new Object[] {"--data", data, "--output", shared.resolve("runs")},
        more);
  }

  private static CommandLineRun eval(Object... more) {
    var checkpoint = shared.resolve("runs/run/checkpoints/last.safetensors");
    return CommandLineRun.of("eval", "--checkpoint", checkpoint, more);
  }

  private static String tableOf(CommandLineRun result) {
    assertThat(result.err()).isEmpty();
    var out = result.out();
    return out.substring(out.indexOf("pairs "));
  }

  @Test
  void peopleThatTheRunWasTrainedOnAreWarnedOf() throws IOException {
    var faces = shared.resolve("faces");
    assertThat(trainOn(faces, "some", "--people", "1-4", "--domain", "easy").err()).isEmpty();
    var some = shared.resolve("runs/some");
    var inside = CommandLineRun.of("eval", "--checkpoint", some, "--data", faces);
    assertThat(inside.out())
        .contains("Warning: 28 of 42 images show people that " + some + " was trained on, such as ")
        .contains("p0/easy/0.png: their figures say nothing of people it has never seen.");
    var others =
        CommandLineRun.of("eval", "--checkpoint", some, "--data", faces, "--val-people", "5-6");
    assertThat(others.out()).contains("pairs ").doesNotContain("Warning");

    assertThat(trainOn(faces, "chained", "--people", "5-6", "--init", some).err()).isEmpty();
    var tuned = shared.resolve("runs/chained");
    var afterwards = CommandLineRun.of("eval", "--checkpoint", tuned, "--data", faces);
    assertThat(afterwards.out())
        .contains("14 of 42 images show people that " + tuned + " was trained on")
        .contains("28 of 42 images show people that " + some + " was trained on");

    var link = Files.createSymbolicLink(temp.resolve("link"), faces);
    assertThat(CommandLineRun.of("eval", "--checkpoint", some, "--data", link).out())
        .contains("Warning: 28 of 42 images");

    var overlapping = trainOn(faces, "linked", "--people", "1-4", "--val-data", link, "--dry-run");
    assertThat(overlapping.err()).contains("42 images are trained on, too", "say --allow-overlap");
    var before =
        trainOn(
            faces, "before", "--people", "5-6", "--init", some, "--val-people", "1-4", "--dry-run");
    assertThat(before.out()).contains("28 of 28 images show people that " + some);

    var moved = Files.createDirectory(temp.resolve("elsewhere"));
    DrawnFaces.draw(moved, PEOPLE);
    assertThat(trainOn(Path.of("synthetic:12"), "drawn").err()).isEmpty();
    var drawn = shared.resolve("runs/drawn");
    assertThat(CommandLineRun.of("eval", "--checkpoint", drawn, "--data", "synthetic:14").out())
        .contains("Warning: 168 of 196 images show people");

    assertThat(CommandLineRun.of("eval", "--checkpoint", some, "--data", moved).out())
        .contains("pairs ")
        .doesNotContain("Warning");
  }

  @Test
  void aPackedSetTrainsAndEvaluatesLikeTheFolder() {
    var rec = temp.resolve("faces.rec");
    var packed =
        CommandLineRun.of(
            "pack", "--data", shared.resolve("faces"), "--easy", "easy,hard", "--out", rec);
    assertThat(packed.err()).isEmpty();
    assertThat(packed.out()).contains("42 images of 6 people (42 easy, 0 hard)");
    var fromRecord = eval("--data", rec, "--easy", "easy,hard", "--val-people", "2-5");
    var fromFolder =
        eval("--data", shared.resolve("faces"), "--easy", "easy,hard", "--val-people", "2-5");
    assertThat(tableOf(fromRecord)).isEqualTo(tableOf(fromFolder));
    assertThat(trainOn(rec, "packed").err()).isEmpty();
  }

  @Test
  void aPackedSetKeepsTheDomainsInItsList() throws IOException {
    var rec = temp.resolve("faces.rec");
    var folder = shared.resolve("faces");
    var packed = CommandLineRun.of("pack", "--data", folder, "--out", rec);
    assertThat(packed.err()).isEmpty();
    assertThat(packed.out()).contains("42 images of 6 people (24 easy, 18 hard)");
    assertThat(Files.readAllLines(temp.resolve("faces.lst")))
        .hasSize(42)
        .startsWith("1\t0\tp0/easy/0.png");
    assertThat(tableOf(eval("--data", rec, "--val-people", "2-5")))
        .isEqualTo(tableOf(eval("--data", folder, "--val-people", "2-5")));
    assertThat(eval("--data", rec, "--hard", "other", "--val-people", "2-5").out())
        .contains("(28 easy, 0 hard)");
    Files.writeString(temp.resolve("faces.lst"), "one\tp0\n");
    assertThat(eval("--data", rec, "--val-people", "2-5").err())
        .contains("faces.lst:1", "is not 'key label path'");
    Files.delete(temp.resolve("faces.lst"));
    assertThat(eval("--data", rec, "--val-people", "2-5").out()).contains("(28 easy, 0 hard)");
  }

  @Test
  void aVerificationSetEvaluatesLikeItsList() throws IOException {
    var list = temp.resolve("pairs.txt");
    var lines = new ArrayList<String>();
    for (var i = 0; i < 20; i++) {
      var p = i % 5;
      lines.add(format("p%d/easy/%d.png p%d/easy/%d.png 1", p, i % 4, p, (i + 1) % 4));
      lines.add(format("p%d/easy/%d.png p%d/easy/%d.png 0", p, i % 4, p + 1, i % 4));
    }
    Files.write(list, lines);
    var bin = temp.resolve("set.bin");
    var faces = shared.resolve("faces");
    assertThat(CommandLineRun.of("pack", "--data", faces, "--pairs", list, "--out", bin).out())
        .contains("40 pairs");
    var packed = eval("--pairs", bin);
    assertThat(tableOf(packed)).isEqualTo(tableOf(eval("--data", faces, "--pairs", list)));
    assertThat(packed.out())
        .contains("set.bin: 80 images\n")
        .as("all pairs of the list are easy ones")
        .doesNotContain("easy-easy");
  }

  @Test
  void aListOfPairsKnowsTheFoldersOfDomains() throws IOException {
    var faces = Files.createDirectory(temp.resolve("distances"));
    for (var p = 0; p < PEOPLE; p++) {
      for (var part : List.of("near", "d1", "d2")) {
        var from = shared.resolve("faces/p" + p).resolve(part.equals("near") ? "easy" : "hard");
        var to = Files.createDirectories(faces.resolve("p" + p).resolve(part));
        for (var i = 0; i < 2; i++) {
          Files.copy(from.resolve(i + ".png"), to.resolve(i + ".png"));
        }
      }
    }
    var lines = new ArrayList<String>();
    for (var p = 0; p < PEOPLE; p++) {
      for (var part : List.of("near", "d1", "d2")) {
        lines.add(format("p%d/%s/0.png p%d/%s/1.png 1", p, part, p, part));
        lines.add(format("p%d/%s/0.png p%d/%s/1.png 0", p, part, (p + 1) % PEOPLE, part));
      }
    }
    var list = Files.write(temp.resolve("distances.txt"), lines);
    var result =
        eval(
            "--data",
            faces,
            "--pairs",
            list,
            "--easy",
            "near",
            "--hard",
            "d1,d2",
            "--groups",
            "folders");
    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .containsPattern("easy-easy +6 +6 ")
        .containsPattern("hard-hard +12 +12 ")
        .containsPattern("\nd1 +6 +6 ")
        .containsPattern("\nnear +6 +6 ");
  }

  @Test
  void aListMayNameImagesFromTheRootOn() throws IOException {
    var faces = shared.resolve("faces").toAbsolutePath();
    var gallery = new ArrayList<String>();
    var probes = new ArrayList<String>();
    for (var p = 0; p < PEOPLE; p++) {
      gallery.add(faces + format("/p%d/easy/0.png", p));
      probes.add(faces + format("/p%d/hard/0.png", p));
    }
    var known = Files.write(temp.resolve("known.txt"), gallery);
    var json = temp.resolve("absolute.json");
    var searched = Files.write(temp.resolve("searched.txt"), probes);
    var result = eval("--data", faces, "--gallery", known, "--probes", searched, "--json", json);
    assertThat(result.err()).isEmpty();
    assertThat(json).content().contains("\"searched/gallery-people\": 6");
  }

  @Test
  void probesOfOneNameAreRefused() throws IOException {
    var faces = shared.resolve("faces");
    var known = Files.writeString(temp.resolve("known.txt"), "p0/easy/0.png\n");
    var probes = Files.writeString(temp.resolve("far.txt"), "p0/hard/0.png\n");
    var others = Files.createDirectory(temp.resolve("others")).resolve("far.TXT");
    Files.copy(probes, others);
    var result =
        eval("--data", faces, "--gallery", known, "--probes", probes + "," + others, "--json", "-");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("--probes has two sets called far;");
  }

  @Test
  void identifiesProbesInAGallery() throws IOException {
    var gallery = temp.resolve("gallery.txt");
    var probes = temp.resolve("far.txt");
    var known = new ArrayList<String>();
    var searched = new ArrayList<String>();
    for (var p = 0; p < PEOPLE; p++) {
      known.add(format("p%d/easy/0.png", p));
      searched.add(format("p%d/hard/0.png p%d", p, p));
    }
    Files.write(gallery, known.subList(0, 5));
    Files.write(probes, searched);
    var json = temp.resolve("id.json");
    var faces = shared.resolve("faces");
    var result = eval("--data", faces, "--gallery", gallery, "--probes", probes, "--json", json);
    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .contains("rank-1", "far ", "1 more probes of people not in the gallery");
    assertThat(json).content().contains("\"far/gallery-people\": 5", "\"far/rank-1\"");
    var others = temp.resolve("others.txt");
    Files.writeString(others, "p5/easy/1.png\np5/easy/2.png\np5/hard/1.png\n");
    var among =
        eval(
            "--data",
            faces,
            "--gallery",
            gallery,
            "--probes",
            probes,
            "--distractors",
            others,
            "--json",
            json);
    assertThat(among.err()).isEmpty();
    assertThat(among.out()).contains("distractors", "tries");
    assertThat(json).content().contains("\"far/distractors=3/rank-1\"");
    assertThat(
            eval("--data", faces, "--gallery", gallery, "--probes", probes, "--distractors", probes)
                .err())
        .contains("p0 is a person of the gallery, too");
    var twice = eval("--data", faces, "--gallery", gallery, "--probes", gallery);
    assertThat(twice.err()).contains("is in the gallery, too");
    assertThat(twice.code()).isEqualTo(3);
    assertThat(eval("--data", faces, "--gallery", gallery).err()).contains("go together");
  }

  @Test
  void comparesTemplatesAndDrawsTheirRoc() throws IOException {
    var members = new ArrayList<String>();
    var pairs = new ArrayList<String>();
    for (var p = 0; p < PEOPLE; p++) {
      for (var i = 0; i < 4; i++) {
        members.add(format("p%d/easy/%d.png %d %d", p, i, 100 + 2 * p + i / 2, i));
      }
      for (var q = 0; q < PEOPLE; q++) {
        pairs.add(format("%d %d %d", 100 + 2 * p, 101 + 2 * q, p == q ? 1 : 0));
      }
    }
    var templates = Files.write(temp.resolve("tid.txt"), members);
    var list = Files.write(temp.resolve("pairs.txt"), pairs);
    var roc = temp.resolve("roc.csv");
    var faces = shared.resolve("faces");
    var result =
        eval("--data", faces, "--templates", templates, "--template-pairs", list, "--roc", roc);
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).containsPattern("\n +12 +6 +30 ");
    assertThat(Files.readAllLines(roc).getFirst()).isEqualTo("set,far,tar,threshold-cosine");
    assertThat(Files.readAllLines(roc).getLast()).startsWith("templates,1.0,1.0,");
    var gallery = Files.write(temp.resolve("known.txt"), List.of("100 p0", "102 p1", "104 p2"));
    var probes = Files.write(temp.resolve("sought.txt"), List.of("101 p0", "103 p1", "107 p3"));
    var json = temp.resolve("found.json");
    var found =
        eval(
            "--data",
            faces,
            "--templates",
            templates,
            "--template-galleries",
            gallery,
            "--template-probes",
            probes,
            "--json",
            json);
    assertThat(found.err()).isEmpty();
    assertThat(found.out()).containsPattern("known +3 +2 +1 ");
    assertThat(Files.readString(json)).contains("known/rank-1", "known/tpir@fpir=1e-2");
    assertThat(eval("--data", faces, "--templates", templates).err())
        .contains("--templates needs --data, and --template-pairs or --template-galleries");
    Files.write(list, List.of("100 999 0"));
    assertThat(eval("--data", faces, "--templates", templates, "--template-pairs", list).err())
        .contains("pairs.txt:1", "no template '999'");
  }

  @Test
  void alignsAFolder() throws IOException {
    var csv = temp.resolve("landmarks.csv");
    Files.writeString(csv, "p0/easy/0.png,8,10,16,10,12,14,9,18,15,18\n");
    var out = temp.resolve("aligned");
    var result =
        CommandLineRun.of(
            "align", "--data", shared.resolve("faces"), "--landmarks", csv, "--out", out);
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).contains("1 images of 112 x 112");
    assertThat(out.resolve("p0/easy/0.png")).exists();
    var missing = "p9/easy/0.png,8,10,16,10,12,14,9,18,15,18\n";
    Files.writeString(csv, missing, StandardOpenOption.APPEND);
    var partly =
        CommandLineRun.of(
            "align", "--data", shared.resolve("faces"), "--landmarks", csv, "--out", out);
    assertThat(partly.code()).isEqualTo(3);
    assertThat(partly.out())
        .contains("1 of 2 images cannot be used", "landmarks.csv:2: there is no image ");
    Files.writeString(csv, missing);
    var none = CommandLineRun.of("align", "--data", temp, "--landmarks", csv, "--out", out);
    assertThat(none.code()).isEqualTo(3);
    assertThat(none.err())
        .contains("none of its 1 images is there", "p9/easy/0.png of line 1", "with --data");
  }

  @Test
  void warnsOfImagesThatAreNotAligned() throws IOException {
    for (var person : List.of("a", "b")) {
      var folder = Files.createDirectories(temp.resolve("wide").resolve(person));
      for (var i = 0; i < 6; i++) {
        var image = new RgbImage(60, 40, new byte[3 * 60 * 40]);
        Files.write(folder.resolve(i + ".png"), ImageEncoder.png(image));
      }
    }
    assertThat(trainOn(temp.resolve("wide"), "wide", "--dry-run").out())
        .contains("Warning: the images are mostly 60 x 40; they are not square", "facet align");
    assertThat(trainOn(shared.resolve("faces"), "fine", "--dry-run").out())
        .doesNotContain("Warning");
  }

  @Test
  void theReportNeedsNothingButItself() throws IOException {
    var start = shared.resolve("runs/run/checkpoints/last.safetensors");
    var tuned =
        trainOn(
            shared.resolve("faces"),
            "tuned",
            "--init",
            start,
            words("--val-people 1-6 --allow-overlap --lr 0.01"));
    assertThat(tuned.err()).isEmpty();
    var folder = shared.resolve("runs/tuned");
    assertThat(tuned.out()).contains("Report: " + folder.resolve("report.html"));
    for (var file : List.of("eval/before.json", "eval/before.png", "eval/after.json")) {
      assertThat(folder.resolve(file)).exists();
    }
    var html = Files.readString(folder.resolve("report.html"));
    assertThat(html).contains("<h3>before</h3>", "<h3>after</h3>", "student", "margin", "</html>");
    assertThat(count(html, "<svg ")).isEqualTo(2 * 3 + 3 + 3); // histograms, ROC, curves
    assertThat(count(html, "class=\"pair ")).isGreaterThan(6);
    assertThat(count(html, "data:image/png;base64,")).isEqualTo(1);
    assertThat(html).doesNotContain("http:", "https:", "<script", "NaN", "Infinity", "@import");
    assertThat(count(html, "url(")).isEqualTo(1);

    Files.delete(folder.resolve("report.html"));
    assertThat(CommandLineRun.of("report", folder).code()).isZero();
    assertThat(folder.resolve("report.html")).hasContent(html);
    assertThat(CommandLineRun.of("report", shared.resolve("runs")).err())
        .isEmpty(); // all runs in one page
    assertThat(CommandLineRun.of("report", temp).err())
        .contains("neither metrics.csv nor evaluations in it");
  }

  private static long count(String text, String part) {
    return Pattern.compile(Pattern.quote(part)).matcher(text).results().count();
  }
}
