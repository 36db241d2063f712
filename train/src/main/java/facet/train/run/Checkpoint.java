package facet.train.run;

import static facet.train.error.Printable.format;

import facet.nn.ModelState;
import facet.nn.Network;
import facet.nn.NetworkFile;
import facet.nn.NetworkFile.Hints;
import facet.nn.NetworkSpec;
import facet.nn.NonFiniteException;
import facet.nn.Parameter;
import facet.nn.Parameters;
import facet.nn.io.DiskException;
import facet.nn.io.SafetensorsReader;
import facet.nn.io.SafetensorsWriter;
import facet.nn.io.WeightFile;
import facet.nn.io.WeightFileException;
import facet.nn.loss.HeadMatrix;
import facet.tensor.Scope;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.error.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Checkpoint files: the network under insightface's names, the classifier under `head.`, the
/// optimiser's state under `optimizer.`, and in the header the network's dimensions and where the
/// run stands.
public final class Checkpoint {
  /// The key of the header under which a fingerprint of the head's people stands.
  public static final String PEOPLE = "people";

  static final String OPTIMIZER = "optimizer.";
  private static final String HEAD = "head.";

  private Checkpoint() {}

  /// Everything a run needs to continue.
  ///
  /// @param trained the parameters of network and head
  /// @param optimizerState what [facet.nn.optim.Optimizer#state] says
  /// @param head the classifier, if it is not one of the parameters
  public record State(
      List<Parameter> trained, List<Parameter> optimizerState, @Nullable ShardedHeadFile head) {
    /// All of it is parameters.
    public State(List<Parameter> trained, List<Parameter> optimizerState) {
      this(trained, optimizerState, null);
    }
  }

  /// Writes a checkpoint, replacing an old one of that name in one step.
  ///
  /// @param header with the network's dimensions ([NetworkSpec#toMetadata]) and where the run
  ///     stands
  public static void save(Path file, State state, Map<String, String> header) {
    var writer = new SafetensorsWriter();
    writer.metadata("format", "pt"); // what Python's loaders ask for
    header.forEach(writer::metadata);
    ModelState.save(writer, "", state.trained());
    ModelState.save(writer, OPTIMIZER, state.optimizerState());
    if (state.head() != null) {
      state.head().save(writer);
    }
    try {
      writer.write(file);
    } catch (DiskException e) {
      throw FacetException.disk(e);
    } catch (NonFiniteException e) {
      throw new FacetException(
          ExitCode.DIVERGED,
          format(
              "%s: not saved, because %s; the training has diverged: lower --lr or lengthen"
                  + " --warmup and go on from the checkpoint before.",
              file, e.getMessage()),
          e);
    }
  }

  /// Sees that the disk has room for a checkpoint, so that a run does not find out after hours.
  ///
  /// @param log takes a warning if there is room for one but not for the last, the best and the
  ///     next, which are there at once
  public static void requireSpace(Path file, State state, Consumer<String> log) {
    var numbers = Stream.concat(state.trained().stream(), state.optimizerState().stream());
    var bytes = Float.BYTES * numbers.mapToLong(p -> p.value().size()).sum();
    long free;
    try {
      free = Files.getFileStore(file.getParent()).getUsableSpace();
    } catch (IOException e) {
      return; // saving will tell
    }
    if (free < bytes) {
      throw FacetException.disk(
          new DiskException(file, bytes, new IOException("No space left on device")));
    }
    if (free < 3 * bytes) {
      log.accept(
          format(
              "Warning: a checkpoint needs %,d bytes, and up to three are there at once; %s has"
                  + " %,d free.",
              bytes, file.getParent(), free));
    }
  }

  /// Puts a checkpoint's weights and optimiser state into `state`, all or nothing.
  ///
  /// @return the header
  public static Map<String, String> load(Path file, State state) {
    try (var reader = SafetensorsReader.open(file)) {
      var head = state.head();
      if (head == null) {
        ModelState.load(reader, "", state.trained());
        ModelState.load(reader, OPTIMIZER, state.optimizerState());
      } else {
        var matrices = head.classes().matrices();
        head.requireFinite(reader, matrices);
        ModelState.load(reader, "", state.trained(), Map.of(ShardedHeadFile.WEIGHT, head.shape()));
        ModelState.load(reader, OPTIMIZER, state.optimizerState(), head.moments(OPTIMIZER));
        head.load(reader, matrices);
      }
      return Map.copyOf(reader.metadata());
    } catch (WeightFileException e) {
      throw unusable(e);
    }
  }

  /// The network in `file`, a checkpoint of Facet or one that others trained with PyTorch.
  ///
  /// @param hints what the latter does not say; not used for the former
  public static NetworkFile open(Path file, Hints hints) {
    try {
      return NetworkFile.open(file, hints);
    } catch (WeightFileException e) {
      throw unusable(e);
    }
  }

  /// The dimensions of a run's network, null if it has no usable checkpoint.
  ///
  /// @param run its folder, or one of its checkpoints
  public static @Nullable NetworkSpec networkOf(Path run) {
    var files = Files.isRegularFile(run) ? List.of(run) : RunFolder.of(run).saved();
    for (var file : files) {
      try (var network = open(file, Hints.NONE)) {
        return network.spec();
      } catch (FacetException e) {
        // damaged: the one before may not be
      }
    }
    return null;
  }

  /// The header of `file`, which must be a checkpoint of Facet.
  public static Map<String, String> header(Path file) {
    try (var reader = SafetensorsReader.open(file)) {
      if (!reader.metadata().containsKey("depths")) {
        throw FacetException.data(
            file,
            "it is no checkpoint of Facet (its header lacks 'depths')",
            "name a file that 'facet train' or 'facet export' wrote");
      }
      return Map.copyOf(reader.metadata());
    } catch (WeightFileException e) {
      throw unusable(e);
    }
  }

  /// Fills `parameters` from a checkpoint, leaving the optimiser's state out.
  ///
  /// @return what was found, if others trained it
  public static Optional<String> initialize(Path file, Hints hints, List<Parameter> parameters) {
    try (var network = open(file, hints)) {
      network.load(parameters);
      return network.isForeign() ? Optional.of(network.describe()) : Optional.empty();
    } catch (WeightFileException e) {
      throw unusable(e);
    }
  }

  /// Takes over the checkpoint's classifier if it is one of the same people in the same order, and
  /// what its margin remembers as far as both have it.
  ///
  /// @param people their fingerprint, as [#PEOPLE] in the header
  /// @param classes the classifier itself, if it is not one of the parameters
  /// @return whether it was taken over
  public static boolean initializeHead(
      Path file, List<Parameter> head, @Nullable ShardedHeadFile classes, String people) {
    try (var reader = WeightFile.open(file)) {
      if (!people.equals(reader.metadata().get(PEOPLE))) {
        return false;
      }
      if (classes != null) {
        if (!(reader instanceof SafetensorsReader ours)
            || !classes.shape().equals(reader.shapes().get(ShardedHeadFile.WEIGHT))) {
          return false;
        }
        classes.requireFinite(ours, EnumSet.of(HeadMatrix.WEIGHT));
        classes.load(ours, EnumSet.of(HeadMatrix.WEIGHT));
      }
      var found = head.stream().filter(p -> holds(reader, p)).toList();
      if (!head.stream().filter(Parameter::trained).allMatch(found::contains)) {
        return false;
      }
      for (var p : found) {
        ModelState.requireFinite(reader, p.name());
      }
      for (var p : found) {
        p.value().set(reader.floats(p.name())); // plain in the file as in memory
      }
      return true;
    } catch (WeightFileException e) {
      throw unusable(e);
    }
  }

  private static boolean holds(WeightFile reader, Parameter p) {
    return p.name().startsWith(HEAD) && p.value().shape().equals(reader.shapes().get(p.name()));
  }

  /// The trained network in `file`, its parameters in `scope`.
  public static Network network(Path file, Hints hints, Scope scope) {
    var parameters = new Parameters(scope, 0);
    try (var found = open(file, hints)) {
      var network = found.spec().build(parameters);
      found.load(parameters.all());
      return network;
    } catch (WeightFileException e) {
      throw unusable(e);
    }
  }

  private static FacetException unusable(WeightFileException e) {
    return new FacetException(
        ExitCode.DATA, Printable.line(e.getMessage() + "; name a checkpoint of this network."), e);
  }
}
