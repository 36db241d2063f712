package facet.bench;

import java.io.IOException;

/// Runs the benchmarks: `./facet bench [JMH options] [regex of benchmark names]`.
public final class Main {
  private Main() {}

  public static void main(String[] args) throws IOException {
    org.openjdk.jmh.Main.main(args);
  }
}
