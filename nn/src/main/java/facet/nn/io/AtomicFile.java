package facet.nn.io;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/// Replaces a file in one step, so that a crash at any moment leaves either the old file or the new
/// one: write `<name>.facet.tmp`, force it to the disk, move it over the old file, force the
/// folder.
///
/// Two processes that write one file at a time do not mix: the second is refused.
///
/// A link stays one, its target is replaced. A pipe or device stays, too, and gets the bytes.
public final class AtomicFile {
  private static final Path STANDARD_OUTPUT = Path.of("/dev/stdout");

  private AtomicFile() {}

  /// Writes the content of the new file.
  @FunctionalInterface
  public interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  /// Replaces `file`, creating its folder if there is none. When the content cannot be written, the
  /// temporary file is removed and the old one is as it was.
  ///
  /// @param size the bytes that `content` is going to write, for the error message
  /// @throws DiskException when the disk is full or refuses the file
  public static void write(Path file, long size, Content content) throws DiskException {
    try {
      if (isSpecial(file)) {
        send(file, size, content);
      } else {
        replace(Files.isSymbolicLink(file) ? target(file) : file, size, content);
      }
    } catch (DiskException e) {
      throw e;
    } catch (IOException e) {
      throw new DiskException(file, size, e);
    }
  }

  /// Whether `file` is there and can only be written into. What stands under /dev and /proc belongs
  /// to the system, even where a link from there leads to a file: the shell has it open.
  private static boolean isSpecial(Path file) {
    var path = file.toAbsolutePath().normalize();
    return Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)
        || path.startsWith("/dev") && !path.startsWith("/dev/shm")
        || path.startsWith("/proc");
  }

  /// The file that is written under this name: where links lead, in the name itself or in its
  /// folders, possibly to nothing yet.
  public static Path target(Path name) throws IOException {
    if (Files.exists(name)) {
      return name.toRealPath();
    }
    var absolute = name.toAbsolutePath();
    var parent = absolute.getParent();
    if (parent == null) {
      return absolute;
    }
    return Files.isSymbolicLink(absolute)
        ? parent.resolve(Files.readSymbolicLink(absolute)).normalize()
        : target(parent).resolve(absolute.getFileName()).normalize();
  }

  /// Writes into what is there. The content may be written in any order, so it is collected first.
  private static void send(Path file, long size, Content content) throws IOException {
    var folder = Path.of(System.getProperty("java.io.tmpdir"));
    Path collected;
    try {
      collected = Files.createTempFile(folder, "facet-", ".tmp");
    } catch (IOException e) {
      throw new DiskException(folder, size, e);
    }
    try {
      try (var channel = FileChannel.open(collected, WRITE)) {
        content.writeTo(channel);
      } catch (IOException e) {
        throw new DiskException(collected, size, e);
      }
      if (file.toAbsolutePath().normalize().equals(STANDARD_OUTPUT)) {
        Files.copy(collected, System.out);
        System.out.flush();
        return;
      }
      try (var out = Files.newOutputStream(file, WRITE, APPEND)) {
        Files.copy(collected, out);
      }
    } finally {
      Files.deleteIfExists(collected);
    }
  }

  private static void replace(Path file, long size, Content content) throws DiskException {
    var folder = folder(file);
    try {
      Files.createDirectories(folder);
      try (var channel =
          own(temporary(file), path -> FileChannel.open(path, CREATE, WRITE, NOFOLLOW_LINKS))) {
        fill(channel, file, size, content);
      }
      forceFolder(folder);
    } catch (DiskException e) {
      throw e;
    } catch (IOException e) {
      throw new DiskException(file, size, e);
    }
  }

  /// Opens a file for writing; a test comes in between.
  @FunctionalInterface
  interface Opening {
    FileChannel open(Path path) throws IOException;
  }

  /// Opens a temporary file that no other process writes to: it is locked as long as it is open.
  /// What a crash left is emptied, a link is not followed.
  ///
  /// Before the lock is taken, another process may move the opened file to its final name and a
  /// third begin the next. A channel does not say which file it is of, so the same one has to stand
  /// there before it is opened and after it is locked; where none did, the first round creates it.
  static FileChannel own(Path temporary, Opening opening) throws IOException {
    while (true) {
      if (Files.exists(temporary, NOFOLLOW_LINKS)
          && !Files.isRegularFile(temporary, NOFOLLOW_LINKS)) {
        Files.delete(temporary);
      }
      var before = identity(temporary);
      var channel = opening.open(temporary);
      if (!locked(channel)) {
        channel.close();
        throw new IOException("another process is writing it");
      }
      if (before != null && before.equals(identity(temporary))) {
        return channel.truncate(0);
      }
      channel.close();
    }
  }

  /// Which file stands there, null if none does: its number, and as numbers of deleted files come
  /// again, its birth.
  private static @Nullable String identity(Path path) throws IOException {
    try {
      var file = Files.readAttributes(path, BasicFileAttributes.class, NOFOLLOW_LINKS);
      return file.fileKey() + " " + file.creationTime();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private static boolean locked(FileChannel channel) {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // this process does
    } catch (IOException e) {
      return true; // no locks on this file system
    }
  }

  private static void fill(FileChannel channel, Path file, long size, Content content)
      throws DiskException {
    var temporary = temporary(file);
    try {
      content.writeTo(channel);
      channel.force(true);
      Files.move(temporary, file, ATOMIC_MOVE);
    } catch (IOException e) {
      var failure = new DiskException(file, size, e);
      remove(temporary, failure);
      throw failure;
    } catch (RuntimeException | Error e) {
      remove(temporary, e);
      throw e;
    }
  }

  /// Replaces `file` by `bytes`.
  public static void write(Path file, byte[] bytes) throws DiskException {
    write(file, bytes.length, channel -> writeFully(channel, ByteBuffer.wrap(bytes)));
  }

  /// The name under which the new content of `file` is written, one that is nobody's own. A crash
  /// may leave such a file; the next write replaces it.
  public static Path temporary(Path file) {
    return file.resolveSibling(file.getFileName() + ".facet.tmp");
  }

  public static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static Path folder(Path file) {
    var parent = file.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IllegalArgumentException(file + " is not the name of a file");
    }
    return parent;
  }

  /// Makes the move itself durable. Not every system can open a folder; the file is complete
  /// anyway.
  private static void forceFolder(Path folder) {
    try (var channel = FileChannel.open(folder, READ)) {
      channel.force(true);
    } catch (IOException e) {
      System.getLogger(AtomicFile.class.getName())
          .log(System.Logger.Level.DEBUG, "cannot force the folder " + folder, e);
    }
  }

  private static void remove(Path temporary, Throwable failure) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
