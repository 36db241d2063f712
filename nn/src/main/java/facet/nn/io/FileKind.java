package facet.nn.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a file is by its first bytes, to say in a message when it is not what was expected: the
/// wrong file, or what a download left in its place.
public final class FileKind {
  /// How many of a file's first bytes are looked at.
  public static final int LOOKED_AT = 512;

  static final String SAFETENSORS = "a safetensors file";

  /// MXNet's `.rec`.
  public static final String RECORD_IO = "a RecordIO file (.rec)";

  private static final String LFS_POINTER =
      "a Git LFS pointer (git lfs pull fetches the file itself)";
  private static final String HTML = "an HTML page";
  private static final String XML = "an XML file";
  private static final Set<String> TEXTS = Set.of(LFS_POINTER, HTML, XML);

  /// The first bytes, `?` for any, and what begins with them.
  private static final String[][] SIGNATURES = {
    {"PK\3\4", "a ZIP archive, as PyTorch's .pth and NumPy's .npz are"},
    {"\u0080\2", "a Python pickle, as an old .pth of PyTorch or a .bin of insightface is"},
    {"\u0080\3", "a Python pickle, as a .bin of insightface is"},
    {"\u0080\4", "a Python pickle"},
    {"\u0080\5", "a Python pickle"},
    {"\u0093NUMPY", "a NumPy array"},
    {"\u0089HDF", "an HDF5 file"},
    {"\n#\u00d7\u00ce", RECORD_IO},
    {"\u001f\u008b", "a gzip archive"},
    {"BZh", "a bzip2 archive"},
    {"\u00fd7zXZ", "an xz archive"},
    {"(\u00b5/\u00fd", "a Zstandard archive"},
    {"7z\u00bc\u00af", "a 7-Zip archive"},
    {"Rar!", "a RAR archive"},
    {"%PDF", "a PDF"},
    {"\u00ff\u00d8\u00ff", "a JPEG image"},
    {"\u0089PNG", "a PNG image"},
    {"GIF8", "a GIF image"},
    {"II*\0", "a TIFF image"},
    {"MM\0*", "a TIFF image"},
    {"II+\0", "a TIFF image"},
    {"RIFF????WEBP", "a WebP image"},
    {"RIFF", "an AVI or WAV file"},
    {"????ftypavi", "an AVIF image"},
    {"????ftyphe", "a HEIC image"},
    {"????ftypmi", "a HEIF image"},
    {"????ftyp", "a video"},
    {"\0\0\0\fjP", "a JPEG 2000 image"},
    {"\0\0\0\fJXL", "a JPEG XL image"},
    {"\u00ff\n", "a JPEG XL image"},
    {"8BPS", "a Photoshop file"},
    {"????????{\"", SAFETENSORS},
    {"version https://git-lfs", LFS_POINTER},
    {"<?xml", XML},
    {"\u00ff\u00fe", "a text in UTF-16, not UTF-8"},
    {"\u00fe\u00ff", "a text in UTF-16, not UTF-8"},
  };

  private FileKind() {}

  /// What begins with `start`, with its article: `a TIFF image`. Null if that is unknown.
  public static @Nullable String of(byte[] start) {
    if (start.length == 0) {
      return "an empty file";
    }
    var text = new String(start, StandardCharsets.ISO_8859_1);
    for (var signature : SIGNATURES) {
      if (begins(text, signature[0])) {
        return signature[1];
      }
    }
    if (isHtml(text)) {
      return HTML;
    }
    if (begins(text.substring(Math.min(257, text.length())), "ustar")) {
      return "a tar archive";
    }
    return start.length >= 16 && text.chars().allMatch(c -> c == 0)
        ? "a file of zeros, as a broken copy or download leaves it"
        : null;
  }

  /// As [#of(Path)], of files that are text, but none that a person wrote as a list: what a
  /// download left. Null for all others.
  public static @Nullable String ofText(Path file) {
    var kind = of(file);
    return kind != null && TEXTS.contains(kind) ? kind : null;
  }

  /// Whether `file` is a pipe that has a name in a folder. Opening it waits until somebody writes
  /// to it, which nobody may ever do. What the system has open already, as the shell's `<(...)`,
  /// is not meant.
  public static boolean isNamedPipe(Path file) {
    if (Files.isRegularFile(file) || Files.isDirectory(file)) {
      return false;
    }
    try {
      var real = file.toRealPath();
      return !real.startsWith("/dev") && !real.startsWith("/proc");
    } catch (IOException e) {
      return false; // it has no name, or is not there
    }
  }

  /// As [#of(byte\[\])]; null, too, if `file` cannot be read.
  public static @Nullable String of(Path file) {
    if (!Files.isRegularFile(file)) {
      return Files.isDirectory(file) ? "a folder" : null;
    }
    try (var in = Files.newInputStream(file)) {
      return of(in.readNBytes(LOOKED_AT));
    } catch (IOException e) {
      return null;
    }
  }

  private static boolean begins(String text, String signature) {
    if (text.length() < signature.length()) {
      return false;
    }
    for (var i = 0; i < signature.length(); i++) {
      if (signature.charAt(i) != '?' && signature.charAt(i) != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isHtml(String text) {
    var start = text.replaceFirst("^\u00ef\u00bb\u00bf", "").strip().toLowerCase(Locale.ROOT);
    return start.startsWith("<!doctype html") || start.startsWith("<html");
  }
}
