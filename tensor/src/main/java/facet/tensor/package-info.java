/// The tensor engine: shapes, scoped memory, the tape and the op contract. It depends on nothing.
@NullMarked
package facet.tensor;

import org.jspecify.annotations.NullMarked;
