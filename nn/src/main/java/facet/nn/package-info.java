/// Layers, parameters and the IResNet family.
@NullMarked
package facet.nn;

import org.jspecify.annotations.NullMarked;
