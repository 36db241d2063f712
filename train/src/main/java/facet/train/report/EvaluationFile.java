package facet.train.report;

import facet.train.data.FaceDataset;
import facet.train.data.image.ContactSheet;
import facet.train.error.FacetException;
import facet.train.eval.EvalResult;
import facet.train.eval.HardPairs;
import facet.train.eval.Roc;
import facet.train.eval.Similarities;
import facet.train.text.Json;
import facet.train.text.TextFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes what the report needs of one evaluation into a run's folder: `eval/MOMENT.json` with the
/// figures, the histograms and ROC curves, and `eval/MOMENT.png` with the pictures of the hardest
/// pairs, two a pair in the order of the JSON's list.
public final class EvaluationFile {
  /// Pictures in a row of the sheet.
  static final int COLUMNS = 12;

  private static final int PAIRS = 6;
  private static final int ROC_POINTS = 120;

  private EvaluationFile() {}

  /// Where the figures of an evaluation are in the folder of a run.
  static Path json(Path run, String moment) {
    return run.resolve("eval").resolve(moment + ".json");
  }

  /// Writes one evaluation.
  ///
  /// @param run the run's folder
  /// @param moment when it was made, the name of the files: `before` or `after`
  /// @param label what people call it
  /// @param images the evaluated images, in the order that the report's pairs count them
  /// @param size of the pictures in pixels: the network's
  public static void write(
      Path run, String moment, String label, EvalResult report, FaceDataset images, int size) {
    var file = json(run, moment);
    var pairs = new ArrayList<Map<String, Object>>();
    var pictures = new ArrayList<byte[]>();
    report
        .hardest()
        .forEach(
            (kind, hard) -> {
              for (var same : new boolean[] {true, false}) {
                for (var pair : hard.hardest(same, PAIRS)) {
                  pairs.add(describe(kind.label(), pair, images));
                  pictures.add(picture(images, pair.first(), size));
                  pictures.add(picture(images, pair.second(), size));
                }
              }
            });
    var all = new LinkedHashMap<String, Object>();
    all.put("label", label);
    all.put("time", System.currentTimeMillis());
    all.put("set", report.name());
    all.put("figures", report.alone().figures());
    var groups = new LinkedHashMap<String, Object>();
    report.groups().forEach((name, similarities) -> groups.put(name, group(similarities)));
    all.put("groups", groups);
    all.put("picture-size", size);
    all.put("hardest", pairs);
    try {
      Files.createDirectories(file.getParent());
      if (!pictures.isEmpty()) {
        ContactSheet.write(run.resolve("eval").resolve(moment + ".png"), COLUMNS, pictures, size);
      }
    } catch (IOException e) {
      throw FacetException.disk(file, "free space", e);
    }
    TextFile.write(file, Json.text(all));
  }

  private static Map<String, Object> describe(
      String kind, HardPairs.Pair pair, FaceDataset images) {
    var map = new LinkedHashMap<String, Object>();
    map.put("kind", kind);
    map.put("same", pair.same());
    map.put("similarity", pair.similarity());
    map.put("people", List.of(name(images, pair.first()), name(images, pair.second())));
    map.put("images", List.of(source(images, pair.first()), source(images, pair.second())));
    return map;
  }

  private static String source(FaceDataset images, int index) {
    return images.item(index).source();
  }

  private static String name(FaceDataset images, int index) {
    return images.item(index).name();
  }

  private static byte[] picture(FaceDataset images, int index, int size) {
    var rgb = new byte[3 * size * size];
    images.load(index, size, rgb);
    return rgb;
  }

  private static Map<String, Object> group(Similarities s) {
    var map = new LinkedHashMap<String, Object>();
    map.put("positives", s.positives().length);
    map.put("negatives", s.negatives().length);
    map.put("mean-positive", s.meanPositive());
    map.put("mean-negative", s.meanNegative());
    map.put("positive-histogram", Similarities.histogram(s.positives()));
    map.put("negative-histogram", Similarities.histogram(s.negatives()));
    map.put("roc", Roc.of(s, ROC_POINTS).json());
    return map;
  }
}
