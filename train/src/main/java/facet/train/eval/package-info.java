/// How good an embedding is: verification accuracy, rates at a false-accept rate, and how far the
/// similarities of same and different people overlap, domain by domain.
@NullMarked
package facet.train.eval;

import org.jspecify.annotations.NullMarked;
