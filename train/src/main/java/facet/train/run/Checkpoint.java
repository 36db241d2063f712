package facet.train.run;

import facet.nn.IResNet;
import facet.nn.IResNetSpec;
import facet.nn.ModelState;
import facet.nn.NonFiniteException;
import facet.nn.Parameter;
import facet.nn.Parameters;
import facet.nn.io.DiskException;
import facet.nn.io.SafetensorsException;
import facet.nn.io.SafetensorsReader;
import facet.nn.io.SafetensorsWriter;
import facet.tensor.Scope;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.error.Printable;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Checkpoint files: the network under insightface's names, the classifier under `head.`, the
/// momentum under `optimizer.`, and in the header the network's dimensions and where the run
/// stands.
public final class Checkpoint {
  private static final String MOMENTUM = "optimizer.";
  private static final String HEAD = "head.";

  private Checkpoint() {}

  /// Everything a run needs to go on.
  ///
  /// @param trained the parameters of network and head
  /// @param momentum likewise named
  public record State(List<Parameter> trained, List<Parameter> momentum) {}

  /// Writes a checkpoint, replacing an old one of that name in one step.
  ///
  /// @param header with the network's dimensions ([IResNetSpec#toMetadata]) and where the run
  ///     stands
  public static void save(Path file, State state, Map<String, String> header) {
    var writer = new SafetensorsWriter();
    writer.metadata("format", "pt"); // what Python's loaders ask for
    header.forEach(writer::metadata);
    ModelState.save(writer, "", state.trained());
    ModelState.save(writer, MOMENTUM, state.momentum());
    try {
      writer.write(file);
    } catch (DiskException e) {
      throw new FacetException(ExitCode.DISK, e.getMessage(), e);
    } catch (NonFiniteException e) {
      throw new FacetException(
          ExitCode.DIVERGED,
          String.format(
              Locale.ROOT,
              "%s: not saved, because %s; the training has diverged: lower --lr or lengthen"
                  + " --warmup and go on from the checkpoint before.",
              file,
              e.getMessage()),
          e);
    }
  }

  /// Puts a checkpoint's weights and momentum into `state`, all or nothing.
  ///
  /// @return the header
  public static Map<String, String> load(Path file, State state) {
    try (var reader = SafetensorsReader.open(file)) {
      ModelState.load(reader, "", state.trained());
      ModelState.load(reader, MOMENTUM, state.momentum());
      return Map.copyOf(reader.metadata());
    } catch (SafetensorsException e) {
      throw unusable(e);
    }
  }

  /// The dimensions of the network in `file`.
  ///
  /// They are compared with the tensors that are there, so that a header cannot ask for more memory
  /// than the file has weights.
  public static IResNetSpec spec(Path file) {
    try (var reader = SafetensorsReader.open(file)) {
      var spec = IResNetSpec.fromMetadata(metadata(reader));
      for (var expected : spec.outline().entrySet()) {
        var info = reader.tensors().get(expected.getKey());
        if (info == null || !info.shape().equals(expected.getValue())) {
          throw damaged(
              file,
              String.format(
                  Locale.ROOT,
                  "its header describes a network whose '%s' is %s, the file's is %s",
                  expected.getKey(),
                  expected.getValue(),
                  info == null ? "missing" : info.shape()),
              null);
        }
      }
      return spec;
    } catch (SafetensorsException e) {
      throw unusable(e);
    } catch (IllegalArgumentException e) {
      throw damaged(file, "its header is damaged (" + e.getMessage() + ")", e);
    }
  }

  private static FacetException damaged(Path file, String problem, @Nullable Exception cause) {
    return FacetException.data(file, problem, "name another checkpoint", cause);
  }

  /// The header of `file`, which must be a checkpoint of Facet.
  public static Map<String, String> header(Path file) {
    try (var reader = SafetensorsReader.open(file)) {
      return Map.copyOf(metadata(reader));
    } catch (SafetensorsException e) {
      throw unusable(e);
    }
  }

  private static Map<String, String> metadata(SafetensorsReader reader) {
    if (!reader.metadata().containsKey("depths")) {
      throw FacetException.data(
          reader.file(),
          "it is no checkpoint of Facet (its header lacks 'depths')",
          "name a file that 'facet train' or 'facet export' wrote");
    }
    return reader.metadata();
  }

  /// Fills `parameters` from a checkpoint, leaving its momentum out.
  public static void initialize(Path file, List<Parameter> parameters) {
    try (var reader = SafetensorsReader.open(file)) {
      ModelState.load(reader, "", parameters);
    } catch (SafetensorsException e) {
      throw unusable(e);
    }
  }

  /// Takes over the checkpoint's classifier if it is one of as many people as `head`, and what its
  /// margin remembers as far as both have it.
  ///
  /// @return whether it was taken over
  public static boolean initializeHead(Path file, List<Parameter> head) {
    try (var reader = SafetensorsReader.open(file)) {
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
    } catch (SafetensorsException e) {
      throw unusable(e);
    }
  }

  private static boolean holds(SafetensorsReader reader, Parameter p) {
    var info = reader.tensors().get(p.name());
    return p.name().startsWith(HEAD) && info != null && info.shape().equals(p.value().shape());
  }

  /// The trained network in `file`, its parameters in `scope`.
  public static IResNet network(Path file, Scope scope) {
    var parameters = new Parameters(scope, 0);
    var network = new IResNet(parameters, spec(file));
    initialize(file, parameters.all());
    return network;
  }

  private static FacetException unusable(SafetensorsException e) {
    return new FacetException(
        ExitCode.DATA, Printable.line(e.getMessage() + "; name a checkpoint of this network."), e);
  }
}
