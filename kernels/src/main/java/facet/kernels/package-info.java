/// The choice of a device.
@NullMarked
package facet.kernels;

import org.jspecify.annotations.NullMarked;
