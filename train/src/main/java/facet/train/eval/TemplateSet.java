package facet.train.eval;

import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.ListedPath;
import facet.train.data.align.AlignedFaces;
import facet.train.data.align.LandmarkFile;
import facet.train.data.align.Landmarks;
import facet.train.data.align.Warp;
import facet.train.data.folder.ImageFiles;
import facet.train.error.FacetException;
import facet.train.text.TextList;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A set of templates in the file layout of the IJB benchmarks: which images make up a template,
/// and which templates are compared (1:1) or searched for (1:N).
///
/// @param images of all templates; aligned by their landmarks if those are known
/// @param weight of each image: its detector's score, 1 if that is not known
/// @param template of each image, by its place in [#names]
/// @param medium of each image, the photo or video it is from
/// @param names of the templates
/// @param pairs of templates to compare, null for none
/// @param lists of templates to find, and where; null for none
public record TemplateSet(
    FaceDataset images,
    float[] weight,
    int[] template,
    int[] medium,
    List<String> names,
    @Nullable Pairs pairs,
    @Nullable TemplateLists lists) {
  /// Pairs of templates: columns, because IJB-C has 15 million.
  public record Pairs(int[] first, int[] second, boolean[] same) {}

  /// Where a set is.
  ///
  /// @param root the folder of the images
  /// @param members lines `image template medium`
  /// @param pairs lines `template template 1|0`, null for none
  /// @param probes lines `template person` of those to find in `galleries`, null for none
  /// @param galleries likewise
  /// @param landmarks lines `image x1 y1 ... x5 y5 score`, null for images that are aligned already
  /// @param warp how faces are aligned by their landmarks
  public record Paths(
      Path root,
      Path members,
      @Nullable Path pairs,
      @Nullable Path probes,
      List<Path> galleries,
      @Nullable Path landmarks,
      Warp warp) {}

  /// Reads a set.
  public static TemplateSet read(Paths paths) {
    return new Reader(paths.root, paths.members).read(paths);
  }

  /// The embedding of every template.
  ///
  /// @param features of the images, `[images, dim]`, not normalised
  Embeddings pool(float[] features, int dim) {
    return TemplatePooling.pool(features, dim, weight, template, medium);
  }

  private static final class Reader {
    private final Path root;
    private final Path members;
    private final List<String> image = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();
    private final List<Integer> template = new ArrayList<>();
    private final List<Integer> medium = new ArrayList<>();
    private final Map<String, Integer> templates = new HashMap<>();
    private final List<String> names = new ArrayList<>();

    Reader(Path root, Path members) {
      this.root = root;
      this.members = members;
    }

    TemplateSet read(Paths paths) {
      TextList.rows(members, "image template medium", this::member);
      var pairs = paths.pairs == null ? null : pairs(paths.pairs);
      var lists =
          paths.probes == null
              ? null
              : TemplateLists.read(members, templates, paths.probes, paths.galleries);
      var items = new ArrayList<FaceDataset.Item>();
      for (var i = 0; i < files.size(); i++) {
        var number = template.get(i);
        items.add(
            new FaceDataset.Item(number, names.get(number), Domain.EASY, files.get(i).toString()));
      }
      var weight = new float[files.size()];
      Arrays.fill(weight, 1);
      FaceDataset images =
          paths.landmarks == null
              ? new ImageFiles(files, items, List.of())
              : new AlignedFaces(files, landmarks(paths.landmarks, weight), paths.warp, items);
      return new TemplateSet(images, weight, ints(template), ints(medium), names, pairs, lists);
    }

    private void member(TextList.Line line, List<String> fields) {
      image.add(fields.get(0));
      files.add(ListedPath.in(root, fields.get(0), line.where()));
      template.add(
          templates.computeIfAbsent(
              fields.get(1),
              name -> {
                names.add(name);
                return names.size() - 1;
              }));
      try {
        medium.add(Integer.parseInt(fields.get(2)));
      } catch (NumberFormatException e) {
        throw line.wrong("the medium '%s' is not a number", fields.get(2));
      }
    }

    private Pairs pairs(Path file) {
      var first = IntStream.builder();
      var second = IntStream.builder();
      var same = IntStream.builder();
      TextList.rows(
          file,
          "template template 1|0",
          (line, fields) -> {
            first.add(known(line, fields.get(0)));
            second.add(known(line, fields.get(1)));
            if (!fields.get(2).matches("[01]")) {
              throw line.wrong("'%s' is neither 1 nor 0", fields.get(2));
            }
            same.add(fields.get(2).equals("1") ? 1 : 0);
          });
      var values = same.build().toArray();
      if (IntStream.of(values).distinct().count() < 2) {
        throw FacetException.data(
            file,
            "all of its pairs are of one kind, same or different",
            "a list needs pairs of both");
      }
      var truth = new boolean[values.length];
      for (var i = 0; i < truth.length; i++) {
        truth[i] = values[i] == 1;
      }
      return new Pairs(first.build().toArray(), second.build().toArray(), truth);
    }

    private int known(TextList.Line line, String name) {
      var number = templates.get(name);
      if (number == null) {
        throw line.wrong("%s has no template '%s'", members, name);
      }
      return number;
    }

    /// The landmarks of every image; fills in the scores.
    private List<Landmarks> landmarks(Path file, float[] weight) {
      var byName = new HashMap<String, LandmarkFile.Entry>();
      LandmarkFile.read(file).forEach(entry -> byName.put(entry.path(), entry));
      var landmarks = new ArrayList<Landmarks>();
      for (var i = 0; i < weight.length; i++) {
        var entry = byName.get(image.get(i));
        if (entry == null) {
          throw FacetException.data(
              file, "no line for the image " + image.get(i), "add its landmarks");
        }
        landmarks.add(entry.landmarks());
        weight[i] = entry.score();
      }
      return landmarks;
    }

    private static int[] ints(List<Integer> list) {
      return list.stream().mapToInt(Integer::intValue).toArray();
    }
  }
}
