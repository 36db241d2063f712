/// Ranks that Open MPI has started.
@NullMarked
package facet.train.mpi;

import org.jspecify.annotations.NullMarked;
