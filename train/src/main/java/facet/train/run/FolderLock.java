package facet.train.run;

import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Keeps a second process out of a folder: a lock on the file `.lock` in it, which the system
/// releases when the process ends, however it ends. The file itself stays. A file system without
/// locks keeps no process out.
public final class FolderLock implements AutoCloseable {
  /// The folders that this process holds: it would lose a lock by closing another channel to its
  /// file.
  private static final Map<Path, FolderLock> HELD = new HashMap<>();

  private static final String FILE = ".lock";
  private static final int PATIENCE_MILLIS = 3_000;
  private static final int PAUSE_MILLIS = 100;

  private final Path folder;
  private final Path named; // as the caller did
  private final FileChannel channel;
  private final @Nullable Object key;

  private FolderLock(Path folder, Path named, FileChannel channel, @Nullable Object key) {
    this.named = named;
    this.folder = folder;
    this.channel = channel;
    this.key = key;
  }

  /// Locks a folder, creating it if it does not exist. A process that is about to end is waited
  /// for: `mpirun` may come back before its ranks have gone.
  ///
  /// @throws FacetException if somebody else holds it, or nothing can be written there
  public static FolderLock of(Path folder) {
    try {
      var real = Files.createDirectories(folder).toRealPath();
      for (var waited = 0; waited <= PATIENCE_MILLIS; waited += PAUSE_MILLIS) {
        synchronized (HELD) {
          if (HELD.containsKey(real)) {
            break;
          }
          var channel =
              FileChannel.open(
                  real.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          if (locked(channel)) {
            var lock = new FolderLock(real, folder.toAbsolutePath(), channel, key(real));
            HELD.put(real, lock);
            return lock;
          }
          channel.close();
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (IOException e) {
      throw FacetException.disk(folder, "check its permissions or free space", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw FacetException.usage(folder + ": another process is working in it; wait for its end.");
  }

  /// Sees that a folder which this process has locked is still the same: if somebody deletes it, a
  /// second run may make it again, and both would write there. Says nothing of folders that were
  /// never locked.
  ///
  /// @throws FacetException if it was deleted, moved or made again
  public static void requireKept(Path folder) {
    synchronized (HELD) {
      for (var lock : HELD.values()) {
        if (lock.named.equals(folder.toAbsolutePath()) && !lock.isKept()) {
          throw new FacetException(
              ExitCode.DISK,
              folder + ": the folder was deleted or moved while this run wrote to it; stopping.");
        }
      }
    }
  }

  private boolean isKept() {
    try {
      return Objects.equals(key, key(folder));
    } catch (IOException e) {
      return false;
    }
  }

  /// What distinguishes the lock's file from another of that name; null where the file system does
  /// not say.
  private static @Nullable Object key(Path folder) throws IOException {
    return Files.readAttributes(folder.resolve(FILE), BasicFileAttributes.class).fileKey();
  }

  private static boolean locked(FileChannel channel) {
    try {
      return channel.tryLock() != null;
    } catch (IOException e) {
      return true; // no locks on this file system
    }
  }

  @Override
  public void close() {
    synchronized (HELD) {
      HELD.remove(folder);
      try {
        channel.close();
      } catch (IOException e) {
        // The system releases the lock when the process ends.
      }
    }
  }
}
