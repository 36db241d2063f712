package facet.train.config;

import static facet.train.error.Printable.format;

import facet.train.data.FaceDataset;
import facet.train.data.FaceDataset.Item;
import facet.train.data.ImagePlaces;
import facet.train.data.Ordinals;
import facet.train.data.folder.ImageList;
import facet.train.data.source.Faces;
import facet.train.error.FacetException;
import facet.train.eval.Protocol;
import facet.train.eval.TemplateSet;
import facet.train.run.FileName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The protocols beside verification of pairs: identification, and templates of several images.
public final class SearchOptions {
  @Option(
      names = "--gallery",
      paramLabel = "DIR|LIST",
      description =
          "Identification: the known people, a folder of them or lines 'path person' (paths from"
              + " --data).")
  public @Nullable Path gallery;

  @Option(
      names = "--probes",
      paramLabel = "DIR|LIST",
      split = ",",
      description =
          "Identification: the faces to find in the gallery, likewise; several sets give a row"
              + " each.")
  public List<Path> probes = List.of();

  @Option(
      names = "--distractors",
      paramLabel = "DIR|LIST",
      description =
          "Identification: faces of other people, among whom each image of the gallery is to be"
              + " found by a probe of its person as well (MegaFace's protocol).")
  public @Nullable Path distractors;

  @Option(
      names = "--templates",
      paramLabel = "LIST",
      description =
          "IJB's protocols: lines 'image template medium', images from --data; with lists of what"
              + " to do with the templates.")
  public @Nullable Path templates;

  @Option(
      names = "--template-pairs",
      paramLabel = "LIST",
      description = "With --templates: 1:1, lines 'template template 1|0'.")
  public @Nullable Path templatePairs;

  @Option(
      names = "--template-galleries",
      paramLabel = "LIST",
      split = ",",
      description =
          "With --templates: 1:N, lines 'template person' of those who are known (more columns are"
              + " passed over); in several galleries, such as G1 and G2, each by itself, all"
              + " together, and their mean.")
  public List<Path> templateGalleries = List.of();

  @Option(
      names = "--template-probes",
      paramLabel = "LIST",
      description = "With --template-galleries: likewise those to find in them.")
  public @Nullable Path templateProbes;

  @Option(
      names = "--landmarks",
      paramLabel = "LIST",
      description =
          "With --templates: lines 'image x1 y1 ... x5 y5 score'; the images are aligned by them"
              + " and weighted by the detector's score.")
  public @Nullable Path landmarks;

  @Mixin public AlignmentOptions alignment = new AlignmentOptions();

  /// Opens gallery and probes, null if they were not asked for.
  public Protocol.@Nullable Search search(DataOptions data, Faces faces) {
    if (gallery == null && probes.isEmpty()) {
      if (distractors != null) {
        throw FacetException.usage("--distractors needs --gallery and --probes.");
      }
      return null;
    }
    if (gallery == null || probes.isEmpty()) {
      throw FacetException.usage("--gallery and --probes go together; name both.");
    }
    var known = open(gallery, data, faces);
    var sets = new LinkedHashMap<String, FaceDataset>();
    for (var path : probes) {
      var set = open(path, data, faces);
      requireApart(known, set, path);
      requireKnown(known, set, path);
      if (sets.put(FileName.stem(path), set) != null) {
        throw FacetException.usage(
            "--probes has two sets called " + FileName.stem(path) + "; rename one of them.");
      }
    }
    var others = distractors == null ? null : open(distractors, data, faces);
    if (others != null) {
      requireOthers(known, others, distractors);
    }
    return new Protocol.Search(known, sets, others);
  }

  private static FaceDataset open(Path path, DataOptions data, Faces faces) {
    if (Files.isDirectory(path)) {
      return data.people(faces, path, Ordinals.ALL);
    }
    var root = data.data == null ? Path.of("") : data.data;
    return faces.cached(path.toString(), ImageList.read(path, root, data.domains()));
  }

  /// Without a probe of somebody in the gallery there is nothing to find.
  private static void requireKnown(FaceDataset known, FaceDataset set, Path path) {
    if (!Collections.disjoint(all(known, Item::name), all(set, Item::name))) {
      return;
    }
    throw FacetException.data(
        path,
        format(
            "nobody of its %,d people is among the %,d of the gallery",
            set.identities(), known.identities()),
        "people are matched by the names of their folders, or as the lists name them");
  }

  /// A distractor of somebody in the gallery would be no mistake.
  private static void requireOthers(FaceDataset known, FaceDataset others, Path path) {
    var people = all(known, Item::name);
    for (var name : all(others, Item::name)) {
      if (people.contains(name)) {
        throw FacetException.data(
            path,
            format("%s is a person of the gallery, too", name),
            "take them out, or name other people otherwise");
      }
    }
  }

  /// A probe that is in the gallery, too, would always be found.
  private static void requireApart(FaceDataset known, FaceDataset set, Path path) {
    var common = ImagePlaces.common(set, known);
    if (!common.isEmpty()) {
      throw FacetException.data(
          path,
          format("the probe %s is in the gallery, too", common.getFirst().source()),
          "take it out of one of them");
    }
  }

  private static Set<String> all(FaceDataset faces, Function<Item, String> what) {
    return faces.items().map(what).collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /// Opens the templates, null if they were not asked for.
  public Protocol.@Nullable Templates templates(DataOptions data, Faces faces) {
    if (templates == null) {
      return null;
    }
    var searched = templateProbes != null;
    if (searched == templateGalleries.isEmpty()) {
      throw FacetException.usage("--template-galleries and --template-probes go together.");
    }
    if (templatePairs == null && !searched || data.data == null) {
      throw FacetException.usage(
          "--templates needs --data, and --template-pairs or --template-galleries with"
              + " --template-probes.");
    }
    var set =
        TemplateSet.read(
            new TemplateSet.Paths(
                data.data,
                templates,
                templatePairs,
                templateProbes,
                templateGalleries,
                landmarks,
                alignment.warp()));
    var images = faces.cached("templates", set.images());
    if (images.size() != set.images().size()) {
      throw FacetException.usage("--skip-corrupt does not go with --templates.");
    }
    return new Protocol.Templates(set, images);
  }
}
