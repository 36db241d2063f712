/// The kernel families a backend must provide. One interface a family; the ops are written against
/// them, the backends implement them.
@NullMarked
package facet.tensor.kernel;

import org.jspecify.annotations.NullMarked;
