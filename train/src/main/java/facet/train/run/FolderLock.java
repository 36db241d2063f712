package facet.train.run;

import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/// Keeps a second process out of a folder: a lock on the file `.lock` in it, which the system gives
/// up when the process ends, however it ends. The file itself stays. A file system without locks
/// keeps nobody out.
public final class FolderLock implements AutoCloseable {
  /// The folders that this process holds: it would lose a lock by closing another channel to its
  /// file.
  private static final Set<Path> HELD = new HashSet<>();

  private final Path folder;
  private final FileChannel channel;

  private FolderLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /// Locks a folder, which is made if it does not exist.
  ///
  /// @throws FacetException if somebody else holds it, or nothing can be written there
  public static FolderLock of(Path folder) {
    try {
      var real = Files.createDirectories(folder).toRealPath();
      synchronized (HELD) {
        if (!HELD.contains(real)) {
          var channel =
              FileChannel.open(
                  real.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          if (locked(channel)) {
            HELD.add(real);
            return new FolderLock(real, channel);
          }
          channel.close();
        }
      }
    } catch (IOException e) {
      throw FacetException.disk(folder, "check its permissions or free space", e);
    }
    throw FacetException.usage(folder + ": another process is working in it; wait for its end.");
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
        // The lock is given up at the end of the process at the latest.
      }
    }
  }
}
