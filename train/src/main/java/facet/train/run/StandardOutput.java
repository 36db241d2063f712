package facet.train.run;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/// Standard output that remembers why it could not be written: Java's own says nothing of a full
/// disk, and results would be lost in silence.
public final class StandardOutput extends OutputStream {
  private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);
  private @Nullable String problem;

  private StandardOutput() {}

  /// Takes the place of `System.out`.
  public static StandardOutput install() {
    var output = new StandardOutput();
    System.setOut(new PrintStream(output, true, System.out.charset()));
    return output;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    try {
      out.write(bytes, from, count);
    } catch (IOException e) {
      problem = e.getMessage();
      throw e;
    }
  }

  /// Why something is lost; null if nothing is, or if the reader of a pipe has seen enough.
  public @Nullable String problem() {
    System.out.flush();
    return "Broken pipe".equals(problem) ? null : problem;
  }
}
