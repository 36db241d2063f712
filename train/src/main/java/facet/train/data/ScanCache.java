package facet.train.data;

import static facet.train.error.Printable.format;
import static java.nio.charset.StandardCharsets.UTF_8;

import facet.nn.io.AtomicFile;
import facet.nn.io.DiskException;
import facet.train.text.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// What scans of all images have found, kept between runs: a large set is decoded once to find what
/// is damaged, not in every run. An entry is a file whose name is a digest of everything that the
/// finding depends on: the program, and of every image its place, size and times (with the time of
/// the last change, which no program sets). So one of other files is never found; the folder may be
/// deleted at any time.
///
/// @param folder of the entries
/// @param program which reads the images, with its version
/// @param unsureMillis a file that has changed so shortly before may change again without its times
///     showing it
public record ScanCache(Path folder, String program, long unsureMillis) {
  private static final long UNSURE_MILLIS = 2_000; // the coarsest times of a file system

  /// That of the user: `facet/scans` in `$XDG_CACHE_HOME`, or else in `~/.cache`.
  public static ScanCache ofUser(String program) {
    var set = System.getenv("XDG_CACHE_HOME");
    var home =
        set != null && set.startsWith("/") // as its specification says
            ? Path.of(set)
            : Path.of(System.getProperty("user.home"), ".cache");
    return new ScanCache(home.resolve("facet/scans"), program, UNSURE_MILLIS);
  }

  /// The entry of a set as it is now.
  ///
  /// @return null if the images are in no files, or in some that cannot be looked at or may just be
  ///     changing
  public @Nullable Entry entry(ImageSource source) {
    var files = source.files();
    if (files.isEmpty()) {
      return null;
    }
    try {
      var digest = new Digest().add(program + '\n');
      for (var i = 0; i < source.size(); i++) {
        digest.add(source.item(i) + "\n");
      }
      var newest = 0L;
      for (var file : files) {
        var state = state(file);
        newest = Math.max(newest, newest(state));
        digest.add(file + " " + state + '\n');
      }
      if (newest > System.currentTimeMillis() - unsureMillis) {
        return null;
      }
      return new Entry(folder.resolve(digest.hex(16)), source.size());
    } catch (IOException e) {
      return null;
    }
  }

  private static Map<String, Object> state(Path file) throws IOException {
    try {
      return new TreeMap<>(Files.readAttributes(file, "unix:ino,size,lastModifiedTime,ctime"));
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      return new TreeMap<>(Files.readAttributes(file, "size,lastModifiedTime,creationTime"));
    }
  }

  private static long newest(Map<String, Object> state) {
    return state.values().stream()
        .mapToLong(value -> value instanceof FileTime time ? time.toMillis() : 0)
        .max()
        .orElse(0);
  }

  /// One set's.
  ///
  /// @param size how many images it has
  public record Entry(Path file, int size) {
    /// What an earlier scan found: the messages of the images that cannot be used, by number.
    ///
    /// @return null if there was none, or what it left is damaged
    public @Nullable Map<Integer, String> read() {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        return null;
      }
      try {
        var text = Files.readString(file);
        var end = text.indexOf('\n') + 1;
        if (!text.substring(0, end).equals(checksum(text.substring(end)))) {
          return null;
        }
        var found = new TreeMap<Integer, String>();
        for (var line : text.substring(end).lines().toList()) {
          var tab = line.indexOf('\t');
          found.put(Integer.parseInt(line.substring(0, tab)), line.substring(tab + 1));
        }
        return found;
      } catch (IOException | IndexOutOfBoundsException | NumberFormatException e) {
        return null;
      }
    }

    /// Keeps what a scan has found, unless a disk or server may have failed meanwhile. Where it is
    /// not kept, the next run scans again.
    public void keep(ImageScan scan) {
      if (scan.isFinal()) {
        write(scan.corrupt());
      }
    }

    void write(Map<Integer, String> found) {
      var lines = new StringBuilder();
      found.forEach((i, why) -> lines.append(i).append('\t').append(why).append('\n'));
      try {
        AtomicFile.write(file, (checksum(lines.toString()) + lines).getBytes(UTF_8));
      } catch (DiskException e) {
        System.getLogger(ScanCache.class.getName())
            .log(System.Logger.Level.DEBUG, "a scan is not kept", e);
      }
    }

    private String checksum(String lines) {
      var crc = new CRC32C();
      crc.update(ByteBuffer.wrap(lines.getBytes(UTF_8)));
      return format("facet scan 1, %d images, %08x%n", size, crc.getValue()).replace("\r", "");
    }
  }
}
