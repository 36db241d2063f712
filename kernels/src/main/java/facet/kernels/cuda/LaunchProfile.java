package facet.kernels.cuda;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Where the time of a run goes: with the environment variable `FACET_CUDA_PROFILE=1` every launch
/// stands between two marks, and when the driver is closed their differences are printed, summed by
/// kernel, by op, and by kernel and grid. Marks cost some microseconds, so that short kernels look
/// longer than they are.
final class LaunchProfile {
  /// Launches after which the marks are read and used again.
  private static final int PENDING = 4096;

  private static final int LINES = 40;

  /// Launches of one kind and what they took together.
  private static final class Total {
    private long launches;
    private double milliseconds;
  }

  private record Launch(
      String kernel, String op, String grid, Driver.Event from, Driver.Event to) {}

  private final Driver driver;
  private final List<Launch> pending = new ArrayList<>();
  private final List<Driver.Event> marks = new ArrayList<>();
  private final Map<String, Total> kernels = new HashMap<>();
  private final Map<String, Total> ops = new HashMap<>();
  private final Map<String, Total> grids = new HashMap<>();

  LaunchProfile(Driver driver) {
    this.driver = driver;
  }

  /// Marks the launch that `launch` does.
  void around(String kernel, String op, String grid, Runnable launch) {
    if (pending.size() == PENDING) {
      collect();
    }
    var from = mark(2 * pending.size());
    var to = mark(2 * pending.size() + 1);
    driver.record(from, driver.mainStream());
    launch.run();
    driver.record(to, driver.mainStream());
    pending.add(new Launch(kernel, op, grid, from, to));
  }

  private Driver.Event mark(int index) {
    while (marks.size() <= index) {
      marks.add(driver.event());
    }
    return marks.get(index);
  }

  private void collect() {
    if (pending.isEmpty()) {
      return;
    }
    driver.synchronize(driver.mainStream());
    for (var launch : pending) {
      var time = driver.elapsed(launch.from, launch.to);
      add(kernels, launch.kernel, time);
      add(ops, launch.op, time);
      add(grids, launch.kernel + " " + launch.grid, time);
    }
    pending.clear();
  }

  private static void add(Map<String, Total> totals, String key, double milliseconds) {
    var total = totals.computeIfAbsent(key, k -> new Total());
    total.launches++;
    total.milliseconds += milliseconds;
  }

  /// Prints the totals, the largest first.
  void print(PrintStream out) {
    collect();
    print(out, "kernel", kernels);
    print(out, "op", ops);
    print(out, "kernel and grid", grids);
  }

  private static void print(PrintStream out, String title, Map<String, Total> totals) {
    var all = totals.values().stream().mapToDouble(t -> t.milliseconds).sum();
    out.printf(Locale.ROOT, "%10s %10s %6s  %s%n", "launches", "ms", "share", title);
    totals.entrySet().stream()
        .sorted(Comparator.comparingDouble(e -> -e.getValue().milliseconds))
        .limit(LINES)
        .forEach(
            e ->
                out.printf(
                    Locale.ROOT,
                    "%10d %10.3f %5.1f%%  %s%n",
                    e.getValue().launches,
                    e.getValue().milliseconds,
                    100 * e.getValue().milliseconds / all,
                    e.getKey()));
  }
}
