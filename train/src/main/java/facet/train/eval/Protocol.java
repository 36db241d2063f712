package facet.train.eval;

import static facet.train.error.Printable.format;
import static java.nio.charset.StandardCharsets.UTF_8;

import facet.train.data.FaceDataset;
import facet.train.data.folder.PairList;
import facet.train.error.FacetException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// What a network is evaluated on, and how.
public sealed interface Protocol {
  /// Whether two images show one person.
  sealed interface Verification extends Protocol {
    /// For people and log lines.
    String name();

    /// The images, in the order that pairs count them.
    FaceDataset images();

    /// The pairs that are chosen, for [#fingerprint].
    default List<?> chosen() {
      return List.of();
    }

    /// Tells whether scores are of the same people and pairs.
    default String fingerprint() {
      var crc = new CRC32C();
      images()
          .items()
          .map(item -> item.name() + '\t' + item.identity() + item.domain())
          .forEach(text -> crc.update(text.getBytes(UTF_8)));
      chosen().forEach(pair -> crc.update(pair.toString().getBytes(UTF_8)));
      return format("%08x", crc.getValue());
    }
  }

  /// All pairs of a set of people's images.
  record AllPairsOf(String name, FaceDataset images) implements Verification {
    /// Refuses people among whom there is nothing to compare.
    public AllPairsOf {
      PairCount.require(name, images);
    }
  }

  /// The pairs of a list.
  ///
  /// @param images the list's images, possibly cached
  record ListedPairs(String name, PairList list, FaceDataset images) implements Verification {
    /// Refuses a list with which there is nothing to compare.
    public ListedPairs {
      PairCount.require(name, list, images);
    }

    @Override
    public List<?> chosen() {
      return list.pairs();
    }
  }

  /// Several sets, one after the other; the first stands for all where one has to.
  record Several(List<Verification> sets) implements Verification {
    public Several {
      sets = List.copyOf(sets);
      var names = sets.stream().map(Verification::name).toList();
      if (Set.copyOf(names).size() < names.size()) {
        throw FacetException.usage(
            "--pairs names two sets of one name ("
                + String.join(", ", names)
                + "); rename a file.");
      }
    }

    @Override
    public String name() {
      return sets.stream().map(Verification::name).collect(Collectors.joining("+"));
    }

    @Override
    public FaceDataset images() {
      return sets.getFirst().images();
    }

    @Override
    public String fingerprint() {
      return sets.stream().map(Verification::fingerprint).collect(Collectors.joining("-"));
    }
  }

  /// Whom of a gallery a probe shows.
  ///
  /// @param probes sets of them by name
  /// @param distractors people who are in neither, among whom to find as well; null for none
  record Search(
      FaceDataset gallery, Map<String, FaceDataset> probes, @Nullable FaceDataset distractors)
      implements Protocol {}

  /// Whether two templates, sets of images, show one person (IJB).
  ///
  /// @param images the set's images, possibly cached
  record Templates(TemplateSet set, FaceDataset images) implements Protocol {}
}
