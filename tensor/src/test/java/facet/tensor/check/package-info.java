/// What proves ops and backends: the gradient check, the specs of all ops, and the contract every
/// backend must keep. Other modules use it for their ops and backends.
@NullMarked
package facet.tensor.check;

import org.jspecify.annotations.NullMarked;
