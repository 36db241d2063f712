package facet.train.data.packed;

import static facet.train.error.Printable.format;

import facet.nn.io.FileKind;
import facet.nn.io.PickleException;
import facet.nn.io.Unpickler;
import facet.train.data.Domain;
import facet.train.data.ImageSource;
import facet.train.data.folder.PairList;
import facet.train.data.image.ImageDecoder;
import facet.train.data.image.RgbImage;
import facet.train.error.FacetException;
import facet.train.text.TextFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;

/// A verification set in one file, such as insightface's `lfw.bin`: a pickled pair of lists, the
/// encoded images (two a pair) and for each pair whether both show one person.
public final class VerificationBin implements ImageSource {
  private static final long MAX_BYTES = Integer.MAX_VALUE - 8L; // of an array

  private final Path file;
  private final List<byte[]> encoded;
  private final boolean[] same;

  private VerificationBin(Path file, List<byte[]> encoded, boolean[] same) {
    this.file = file;
    this.encoded = encoded;
    this.same = same;
  }

  /// Whether `path` is named like such a file.
  public static boolean isBin(Path path) {
    return path.toString().toLowerCase(Locale.ROOT).endsWith(".bin");
  }

  /// Reads `file`; the images are not decoded yet.
  public static VerificationBin read(Path file) {
    try {
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        throw wrong(file, "a folder, pipe or device, not a file");
      }
      if (Files.size(file) > MAX_BYTES) {
        throw wrong(file, format("%,d bytes, at most 2 GiB are read", Files.size(file)));
      }
      return parse(file, Files.readAllBytes(file));
    } catch (IOException e) {
      throw FacetException.data(
          file,
          Files.exists(file) ? "cannot be read (" + e.getMessage() + ")" : "no such file",
          "name a verification set such as lfw.bin",
          e);
    }
  }

  /// @param file names it in messages
  static VerificationBin parse(Path file, byte[] pickle) {
    if (!(unpickled(file, pickle) instanceof List<?> parts)
        || parts.size() != 2
        || !(parts.getFirst() instanceof List<?> images)) {
      throw wrong(file, "it holds something else than two lists");
    }
    var encoded = new ArrayList<byte[]>();
    var texts = new IdentityHashMap<String, byte[]>(); // a list may name one text many times
    for (var image : images) {
      encoded.add(
          switch (image) {
            case byte[] bytes -> bytes;
            case String text -> texts.computeIfAbsent(text, NumpyObjects::latin1);
            case NumpyObjects.Array array -> array.data();
            default -> throw wrong(file, format("image %d is not bytes", encoded.size()));
          });
    }
    var same = truths(file, parts.get(1));
    if (same.length == 0 || encoded.size() != 2 * same.length) {
      throw wrong(
          file, format("%,d images for %,d pairs, not two each", encoded.size(), same.length));
    }
    return new VerificationBin(file, encoded, same);
  }

  private static Object unpickled(Path file, byte[] pickle) {
    try {
      return Unpickler.read(ByteBuffer.wrap(pickle), new NumpyObjects(pickle.length));
    } catch (PickleException e) {
      var kind = FileKind.of(Arrays.copyOf(pickle, Math.min(pickle.length, FileKind.LOOKED_AT)));
      if (kind != null && !kind.startsWith("a Python pickle")) {
        throw wrong(file, "it is " + kind);
      }
      throw FacetException.data(
          file + ", byte " + e.at(),
          e.problem(),
          "download the verification set again from a source you trust, or make one with 'facet"
              + " pack'",
          e);
    }
  }

  private static boolean[] truths(Path file, Object value) {
    if (value instanceof NumpyObjects.Array array && array.isBoolean()) {
      var truths = new boolean[array.data().length];
      for (var i = 0; i < truths.length; i++) {
        truths[i] = array.data()[i] != 0;
      }
      return truths;
    }
    if (!(value instanceof List<?> list)) {
      throw wrong(file, "its second part is not a list of truth values");
    }
    var truths = new boolean[list.size()];
    for (var i = 0; i < truths.length; i++) {
      truths[i] =
          switch (list.get(i)) {
            case Boolean truth -> truth;
            case Long number when number == 0 || number == 1 -> number == 1;
            default -> throw wrong(file, format("pair %d is neither true nor false", i));
          };
    }
    return truths;
  }

  private static FacetException wrong(Path file, String problem) {
    return FacetException.data(
        file, problem, "expected (images, is same) as insightface or 'facet pack' write it");
  }

  /// The pairs, in ten contiguous folds as insightface cuts them.
  public PairList pairs() {
    return PairList.of(file, this, same);
  }

  @Override
  public int size() {
    return encoded.size();
  }

  @Override
  public int identities() {
    return encoded.size();
  }

  /// Whose face it is, a `.bin` does not say: every image counts as a person.
  @Override
  public Item item(int index) {
    return new Item(
        index,
        "",
        Domain.EASY,
        format("%s, pair %d, image %d", file, index / 2 + 1, index % 2 + 1));
  }

  @Override
  public RgbImage image(int index) {
    return ImageDecoder.decode(encoded.get(index), item(index).source());
  }

  /// Writes a verification set that Python 3 and [#read] can read.
  ///
  /// @param encoded JPEG or PNG files, two a pair
  public static void write(Path file, List<byte[]> encoded, boolean[] same) {
    var size = encoded.stream().mapToLong(image -> image.length + 5L).sum() + same.length + 10;
    TextFile.replace(file, size, channel -> write(channel, encoded, same));
  }

  private static void write(FileChannel channel, List<byte[]> encoded, boolean[] same)
      throws IOException {
    var out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
    out.write(new byte[] {(byte) 0x80, 3, ']', '('}); // protocol 3, an empty list, a mark
    for (var image : encoded) {
      out.write('B');
      out.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(image.length).array());
      out.write(image);
    }
    out.write(new byte[] {'e', ']', '('}); // append all since the mark; the second list
    for (var truth : same) {
      out.write(truth ? 0x88 : 0x89);
    }
    out.write(new byte[] {'e', (byte) 0x86, '.'}); // a tuple of two; stop
    out.flush();
  }
}
