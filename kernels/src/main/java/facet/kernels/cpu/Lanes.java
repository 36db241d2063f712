package facet.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The vector width of a backend: 128, 256 or 512 bits.
///
/// The JIT compiles Vector API code to vector instructions only where the species is a constant. A
/// species in a field is not, and such code runs tens of times slower. A call of [#floats] is one:
/// as long as a JVM uses one width, only one of the classes below is loaded, and the JIT replaces
/// the call by the constant it returns. (Hence `create`: if [#of] named the constructors, the
/// verifier would load all three to check that they are `Lanes`.) Every kernel begins with
/// `var s = lanes.floats()`. A second width in the same JVM (in tests) is correct but slow.
abstract sealed class Lanes permits Lanes.Of128, Lanes.Of256, Lanes.Of512 {
  /// The species of float vectors of this width.
  abstract VectorSpecies<Float> floats();

  /// Floats in a vector.
  final int count() {
    return floats().length();
  }

  /// The widest vectors the machine is fast with.
  static Lanes preferred() {
    return of(Math.clamp(VectorShape.preferredShape().vectorBitSize(), 128, 512));
  }

  /// Vectors of 128, 256 or 512 bits.
  static Lanes of(int bits) {
    return switch (bits) {
      case 128 -> Of128.create();
      case 256 -> Of256.create();
      case 512 -> Of512.create();
      default ->
          throw new IllegalArgumentException("vector bits must be 128, 256 or 512, not " + bits);
    };
  }

  static final class Of128 extends Lanes {
    static Lanes create() {
      return new Of128();
    }

    @Override
    VectorSpecies<Float> floats() {
      return FloatVector.SPECIES_128;
    }
  }

  static final class Of256 extends Lanes {
    static Lanes create() {
      return new Of256();
    }

    @Override
    VectorSpecies<Float> floats() {
      return FloatVector.SPECIES_256;
    }
  }

  static final class Of512 extends Lanes {
    static Lanes create() {
      return new Of512();
    }

    @Override
    VectorSpecies<Float> floats() {
      return FloatVector.SPECIES_512;
    }
  }
}
