package facet.train.cli;

import static facet.train.error.Printable.format;

import facet.train.config.DataOptions;
import facet.train.config.DeviceOptions;
import facet.train.data.FaceDataset;
import facet.train.data.Ordinals;
import facet.train.data.folder.ImageFiles;
import facet.train.data.folder.ImageFolder;
import facet.train.data.folder.PairList;
import facet.train.data.image.ImageDecoder;
import facet.train.data.packed.RecordFaces;
import facet.train.data.packed.RecordWriter;
import facet.train.data.packed.VerificationBin;
import facet.train.data.source.Faces;
import facet.train.error.FacetException;
import facet.train.run.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `facet pack`.
@Command(
    name = "pack",
    header = "Packs faces into one file that insightface reads, too.",
    description =
        "It packs a folder of people into a RecordIO training set (.rec and .idx), a list of pairs"
            + " into a verification set (.bin). The images go in as they are.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class PackCommand implements Runnable {
  @Mixin private DataOptions data = new DataOptions();

  @Option(
      names = "--pairs",
      paramLabel = "LIST",
      description = "Pack these pairs of images of --data into a .bin.")
  private @Nullable Path pairs;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "Where to write: a name in .rec, or in .bin with --pairs.")
  private Path out = Path.of("");

  @Override
  public void run() {
    if (data.data == null) {
      throw FacetException.usage("--data is missing; name the folder of the images.");
    }
    if (RecordFaces.isRecordFile(data.data)
        || Faces.isWord(data.data)
        || Files.exists(data.data.resolve(RecordFaces.IN_FOLDER))) {
      throw FacetException.usage(
          "--data is " + data.data + ", but what is packed are images in a folder; name one.");
    }
    var console = Console.standard();
    console.line(pairs == null ? packPeople(data.data, console) : packPairs(data.data, pairs));
  }

  private String packPeople(Path folder, Console console) {
    if (!RecordFaces.isRecordFile(out)) {
      throw FacetException.usage("--out is %s, expected a name in .rec.", out);
    }
    var people = data.people == null ? Ordinals.ALL : Ordinals.parsePeople(data.people);
    var images = ImageFolder.open(folder, data.domains(), people);
    images.notes().forEach(console::line);
    // Decoded at a small size, to find damaged ones; the files are packed as they are.
    var usable = data.faces(8, new DeviceOptions(), console).cached(folder.toString(), images);
    RecordWriter.write(
        out,
        IntStream.range(0, usable.size()).mapToObj(i -> image(usable.item(i), folder)).toList());
    return format(
        "%s: %s",
        out, RecordFaces.open(out, Ordinals.ALL, data.domains(), console::line).describe());
  }

  private static RecordWriter.Image image(FaceDataset.Item item, Path folder) {
    var file = Path.of(item.source());
    return new RecordWriter.Image(
        item.identity(), folder.relativize(file), () -> bytes(file, folder));
  }

  private String packPairs(Path folder, Path list) {
    if (!VerificationBin.isBin(out)) {
      throw FacetException.usage("--out is %s, expected a name in .bin.", out);
    }
    var parsed = PairList.read(list, folder, data.domains());
    if (!(parsed.images() instanceof ImageFiles images)) {
      throw new IllegalStateException("a list of pairs names files");
    }
    var files =
        IntStream.range(0, images.size()).mapToObj(i -> bytes(images.file(i), folder)).toList();
    var same = new boolean[parsed.pairs().size()];
    var encoded = new ArrayList<byte[]>();
    for (var i = 0; i < same.length; i++) {
      var pair = parsed.pairs().get(i);
      same[i] = pair.same();
      for (var image : List.of(pair.first(), pair.second())) {
        encoded.add(files.get(image));
      }
    }
    VerificationBin.write(out, encoded, same);
    return format("%s: %,d pairs", out, same.length);
  }

  /// The bytes of an image as they are. What is packed may be handed on, so nothing goes in that
  /// is not an image or that a link fetches from outside `folder`.
  private static byte[] bytes(Path file, Path folder) {
    try {
      if (!file.toRealPath().startsWith(folder.toRealPath())) {
        throw FacetException.data(
            file,
            "a link that leads out of " + folder + " to " + file.toRealPath(),
            "copy the image into the folder");
      }
      return ImageDecoder.encoded(file);
    } catch (IOException e) {
      throw FacetException.data(
          file, "cannot be read (" + e.getMessage() + ")", "check its permissions", e);
    }
  }
}
