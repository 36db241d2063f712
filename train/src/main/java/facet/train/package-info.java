/// The program.
@NullMarked
package facet.train;

import org.jspecify.annotations.NullMarked;
