package facet.train.config;

import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.LowResolutionCopies;
import facet.train.data.Ordinals;
import facet.train.data.ScanCache;
import facet.train.data.Subset;
import facet.train.data.folder.DomainFolders;
import facet.train.data.source.Faces;
import facet.train.error.FacetException;
import facet.train.run.Console;
import facet.train.run.Environment;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where faces come from and how a folder maps to a domain; shared by the commands that read faces.
public final class DataOptions {
  /// The same low resolution of an image in every run on the same people, so that runs can be
  /// compared.
  private static final long LOW_RESOLUTION_SEED = 1;

  @Option(
      names = "--data",
      paramLabel = "DIR|FILE.rec",
      description =
          "Faces: one folder a person, optionally with a sub-folder a domain (see --easy, --hard)."
              + " JPEG, PNG, BMP, GIF, WebP, PGM or PPM. Or a RecordIO file (.rec, the .idx beside"
              + " it). synthetic: 300 invented people, synthetic:2000 so many; synthetic-tones:2000"
              + " groups them by the tone of their skin, the fair as easy.")
  public @Nullable Path data;

  @Option(
      names = "--people",
      paramLabel = "PEOPLE",
      description =
          "Only these people: by position in natural name order, such as 1-30 or 1-400,405; or by"
              + " the names of their folders, such as anna,ben (=007 where a name is a number)."
              + " Default: all.")
  public @Nullable String people;

  @Option(
      names = "--easy",
      paramLabel = "NAME",
      split = ",",
      description = "Sub-folders that hold easy samples. Default: ${DEFAULT-VALUE}.")
  public List<String> easy = List.of("easy", "frontal");

  @Option(
      names = "--hard",
      paramLabel = "NAME",
      split = ",",
      description = "Sub-folders that hold hard samples. Default: ${DEFAULT-VALUE}.")
  public List<String> hard = List.of("hard", "profile");

  @Option(
      names = "--domain",
      paramLabel = "NAME",
      description =
          "Take only the easy or only the hard samples, or all. Default: ${DEFAULT-VALUE}.")
  public String domain = "all";

  @Option(
      names = "--low-resolution",
      paramLabel = "MIN-MAX",
      description =
          "Take as hard samples, instead of those of the folders, copies of the easy ones shrunk to"
              + " so many pixels, such as 8-20, and enlarged back.")
  public @Nullable String lowResolution;

  @Option(
      names = "--skip-corrupt",
      description = "Leave unreadable images out instead of stopping.")
  public boolean skipCorrupt;

  /// Opens folders at `size` pixels, telling `console` what is found.
  public Faces faces(int size, DeviceOptions device, Console console) {
    return new Faces(
        size,
        skipCorrupt ? Integer.MAX_VALUE : 0,
        false,
        device.threads(),
        console::line,
        ScanCache.ofUser(Environment.program()),
        (done, total) -> console.progress("Reading faces", done, total));
  }

  /// The chosen people of `--data`.
  public FaceDataset open(Faces faces) {
    if (data == null) {
      throw FacetException.usage(
          "--data is missing; name a folder that holds one folder of images per person.");
    }
    var chosen = people == null ? Ordinals.ALL : Ordinals.parsePeople(people);
    var found = people(faces, data, chosen);
    return domain.equals("all") ? found : Subset.of(found, person -> true, domainFilter());
  }

  /// Which domains `--domain` takes.
  public Predicate<Domain> domainFilter() {
    return switch (domain) {
      case "all" -> any -> true;
      case "easy" -> Domain.EASY::equals;
      case "hard" -> Domain.HARD::equals;
      default -> throw Checks.wrong("domain", domain, "easy, hard or all");
    };
  }

  /// The chosen people of `root`, with the hard samples that the options ask for.
  public FaceDataset people(Faces faces, Path root, Ordinals chosen) {
    return withHardDomain(faces.people(root, domains(), chosen), faces.size());
  }

  /// `images` with the hard samples that `--low-resolution` asks for.
  private FaceDataset withHardDomain(FaceDataset images, int size) {
    if (lowResolution == null) {
      return images;
    }
    var ranges = Ordinals.parse(lowResolution).ranges();
    if (ranges.size() != 1) {
      throw FacetException.usage(
          "--low-resolution is %s, expected one range of pixels such as 8-20.", lowResolution);
    }
    var range = ranges.getFirst();
    if (range.last() >= size) {
      throw FacetException.usage(
          "--low-resolution is %s, but the network takes images of %d pixels, which that would not"
              + " shrink; give less.",
          lowResolution, size);
    }
    return new LowResolutionCopies(images, range.first(), range.last(), LOW_RESOLUTION_SEED);
  }

  public DomainFolders domains() {
    return new DomainFolders(easy, hard);
  }

  /// Takes these sub-folders as hard, too.
  public void addHard(List<String> folders) {
    hard = Stream.concat(hard.stream(), folders.stream()).distinct().toList();
  }
}
