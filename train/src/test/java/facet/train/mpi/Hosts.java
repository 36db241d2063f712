package facet.train.mpi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Two hosts on this machine: network namespaces with names of their own, joined by a cable of the
/// kernel's. Nothing gets in or out. A script in place of `ssh` starts what runs on the other.
public final class Hosts implements AutoCloseable {
  private static final String LAY =
      """
      for i in 0 1; do ip netns add $0-$i || exit; done
      ip -n $0-0 link add cable type veth peer name cable netns $0-1 || exit
      for i in 0 1; do
        ip -n $0-$i address add 10.213.7.$((i + 1))/24 dev cable &&
          ip -n $0-$i link set lo up && ip -n $0-$i link set cable up || exit
      done
      ip netns exec $0-0 unshare --uts hostname $0-0
      """;

  /// The arguments are a host's address and what a shell there runs.
  private static final String AGENT =
      """
      #!/bin/sh
      name=HOSTS-$((${1##*.} - 1))
      shift
      exec ip netns exec $name unshare --uts sh -c 'hostname $0 && exec sh -c "$1"' $name "$*"
      """;

  private static final String ON_FIRST = "hostname $0 && exec \"$@\"";

  private final String name = "facet" + ProcessHandle.current().pid();
  private final Path agent;

  private Hosts(Path agent) {
    this.agent = agent;
  }

  /// Lays the hosts; where that is not allowed the test ends and says so.
  ///
  /// @param folder for the script
  public static Hosts assumePossible(Path folder) throws IOException {
    var hosts = new Hosts(folder.resolve("agent"));
    Files.writeString(hosts.agent, AGENT.replace("HOSTS", hosts.name));
    if (!hosts.agent.toFile().setExecutable(true)) {
      throw new IOException(hosts.agent + " cannot be made executable");
    }
    var problem = hosts.shell(LAY);
    if (!problem.isEmpty()) {
      hosts.close();
      System.err.println("DID NOT RUN: a test of several hosts, for want of them: " + problem);
      abort("no network namespaces");
    }
    return hosts;
  }

  /// Starts `main` on a rank on each host.
  public MpiRun start(Class<?> main, Object... arguments) throws IOException {
    var first = name + "-0";
    var before =
        List.of("ip", "netns", "exec", first, "unshare", "--uts", "sh", "-c", ON_FIRST, first);
    var options =
        List.of("--mca", "plm_rsh_agent", agent.toString(), "--host", "10.213.7.1:1,10.213.7.2:1");
    return MpiRun.startThrough(before, options, main, arguments);
  }

  /// Kills what Java runs on the second host.
  public void killSecond() throws IOException {
    shell(
        "for p in $(ip netns pids $0-1); do [ $(cat /proc/$p/comm) != java ] || kill -9 $p; done");
  }

  /// Runs a script and returns what it complains of.
  private String shell(String script) throws IOException {
    var process = new ProcessBuilder("sh", "-c", script, name).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    return process.onExit().join().exitValue() == 0 ? "" : output;
  }

  @Override
  public void close() throws IOException {
    shell("for i in 0 1; do ip netns delete $0-$i; done");
  }
}
