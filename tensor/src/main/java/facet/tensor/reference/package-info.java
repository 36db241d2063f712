/// The oracle: a backend in float64 whose kernels are plain loops that read like the formulas in
/// the Javadoc of their interfaces. The faster backends are tested against it, and gradients are
/// checked on it.
@NullMarked
package facet.tensor.reference;

import org.jspecify.annotations.NullMarked;
