package facet.train.data.folder;

import facet.train.data.Domain;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Which sub-folders of a person's folder hold easy images and which hard ones, whatever their
/// case.
public record DomainFolders(List<String> easy, List<String> hard) {
  /// `easy` or `frontal`, `hard` or `profile`.
  public static final DomainFolders DEFAULT =
      new DomainFolders(List.of("easy", "frontal"), List.of("hard", "profile"));

  public DomainFolders {
    easy = easy.stream().map(DomainFolders::lower).toList();
    hard = hard.stream().map(DomainFolders::lower).toList();
  }

  /// The domain a sub-folder of this name holds, null when the name is in neither list.
  public @Nullable Domain domainOf(String folder) {
    String name = lower(folder);
    if (easy.contains(name)) {
      return Domain.EASY;
    }
    return hard.contains(name) ? Domain.HARD : null;
  }

  /// What a path says of an image.
  ///
  /// @param kind the name of the folder that says it, else the domain's
  public record Place(Domain domain, String kind) {
    /// Where no folder says it.
    public static final Place EASY = new Place(Domain.EASY, Domain.EASY.folder());
  }

  /// The domain of the innermost folder that is called like one; easy without such a folder.
  ///
  /// @param path with `/` between folders
  public Place placeOf(String path) {
    var named = namedIn(path);
    return named == null ? Place.EASY : named;
  }

  /// As [#placeOf], but null without such a folder.
  public @Nullable Place namedIn(String path) {
    @Nullable Place place = null;
    for (var part : path.split("/")) {
      var domain = domainOf(part);
      if (domain != null) {
        place = new Place(domain, part);
      }
    }
    return place;
  }

  private static String lower(String name) {
    return name.strip().toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return "easy: " + String.join("|", easy) + ", hard: " + String.join("|", hard);
  }
}
