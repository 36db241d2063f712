package facet.train.data.align;

import static facet.train.error.Printable.format;

import facet.nn.io.AtomicFile;
import facet.nn.io.DiskException;
import facet.train.data.ListedPath;
import facet.train.data.image.ImageDecoder;
import facet.train.data.image.ImageEncoder;
import facet.train.data.image.RgbImage;
import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Aligns the images of a list into a folder of the same structure.
///
/// @param source the folder that the list's paths start from
/// @param out the folder to write into
/// @param size side of the aligned images in pixels
/// @param warp how they are cut out
public record Aligner(Path source, Path out, int size, Warp warp) {
  private static final double JPEG_QUALITY = 0.95;

  /// Points further than this from the template, in pixels of 112, are most likely not what they
  /// are called: faces in profile come to about 10, points with left and right exchanged to 22.
  private static final double MAX_RESIDUAL = 15;

  /// A face turned further than this before alignment is suspicious.
  private static final double MAX_DEGREES = 75;

  /// What happened.
  ///
  /// @param failed messages of images that could not be read
  /// @param suspicious images whose points do not look like a face's
  public record Summary(int aligned, List<String> failed, List<String> suspicious) {}

  /// Aligns all.
  ///
  /// @param progress called with the number of images done
  public Summary align(List<LandmarkFile.Entry> entries, IntConsumer progress) {
    requireApart(entries); // refuses bad paths before anything is written
    requireSome(entries);
    var outcomes = new Outcome[entries.size()];
    var done = new AtomicInteger();
    IntStream.range(0, entries.size())
        .parallel()
        .forEach(
            i -> {
              outcomes[i] = alignOne(entries.get(i));
              progress.accept(done.incrementAndGet());
            });
    var failures = new ArrayList<String>();
    var suspicious = new ArrayList<String>();
    for (var outcome : outcomes) {
      if (outcome.failure != null) {
        failures.add(outcome.failure);
      }
      if (outcome.doubt != null) {
        suspicious.add(outcome.doubt);
      }
    }
    return new Summary(entries.size() - failures.size(), failures, suspicious);
  }

  /// @param failure why the image cannot be used
  /// @param doubt why its points may be wrong
  private record Outcome(@Nullable String failure, @Nullable String doubt) {}

  private Outcome alignOne(LandmarkFile.Entry entry) {
    var target = target(entry);
    try {
      var source = image(entry);
      if (!Files.exists(source)) {
        throw FacetException.data(
            entry.where(), "there is no image " + source, "add it, or remove the line");
      }
      if (Files.exists(target) && Files.isSameFile(target, source)) {
        throw FacetException.data(
            source, target + " is a link to it and would replace it", "remove the link");
      }
      if (!AtomicFile.target(target).startsWith(AtomicFile.target(out))) {
        throw FacetException.data(
            target, "a link in it leads out of the folder " + out, "remove the link");
      }
      var image = ImageDecoder.decode(source);
      var face = warp.apply(image, entry.landmarks().toTemplate(size), size);
      Files.createDirectories(target.toAbsolutePath().getParent());
      AtomicFile.write(
          target, isJpeg(target) ? ImageEncoder.jpeg(face, JPEG_QUALITY) : ImageEncoder.png(face));
      return new Outcome(null, doubt(entry, image));
    } catch (DiskException e) {
      throw FacetException.disk(e);
    } catch (IOException e) {
      throw FacetException.disk(target, "free space", e);
    } catch (FacetException e) {
      return new Outcome(e.getMessage(), null);
    }
  }

  /// Where the aligned image goes: JPEG stays JPEG, everything else becomes PNG.
  private Path target(LandmarkFile.Entry entry) {
    var target = out.resolve(source.relativize(image(entry)));
    var name = target.getFileName().toString();
    return isJpeg(target)
        ? target
        : target.resolveSibling(name.replaceFirst("\\.[^.]*$", "") + ".png");
  }

  private Path image(LandmarkFile.Entry entry) {
    return ListedPath.in(source, entry.path(), entry.where());
  }

  /// A list of which no image is there is most likely one of another folder.
  private void requireSome(List<LandmarkFile.Entry> entries) {
    if (entries.stream().map(this::image).noneMatch(Files::exists)) {
      var first = entries.getFirst();
      throw FacetException.data(
          first.file(),
          format(
              "none of its %,d images is there, such as %s of line %d",
              entries.size(), image(first), first.line()),
          "name the folder that its paths start from with --data");
    }
  }

  /// Two faces of one image, or `a.png` and `a.bmp`, would be written over each other.
  private void requireApart(List<LandmarkFile.Entry> entries) {
    var lines = new HashMap<Path, Integer>();
    for (var entry : entries) {
      var before = lines.putIfAbsent(target(entry), entry.line());
      if (before != null) {
        throw FacetException.data(
            entry.where(),
            format("it would be written to the same file as line %d, %s", before, target(entry)),
            "keep one line an image, or give the files different names");
      }
    }
  }

  private static boolean isJpeg(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).matches(".*\\.jpe?g");
  }

  private static @Nullable String doubt(LandmarkFile.Entry entry, RgbImage image) {
    var misfit = entry.landmarks().misfit(image.width(), image.height());
    if (misfit != null) {
      return entry.path() + ": " + misfit;
    }
    var residual = entry.landmarks().residual();
    var degrees = entry.landmarks().toTemplate(Landmarks.TEMPLATE_SIZE).degrees();
    if (residual > MAX_RESIDUAL) {
      return format("%s: its points are %.0f pixels off the template", entry.path(), residual);
    }
    return Math.abs(degrees) > MAX_DEGREES
        ? format("%s: it had to be turned by %.0f°", entry.path(), degrees)
        : null;
  }
}
