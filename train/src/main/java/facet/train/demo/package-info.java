/// The demonstration: the whole method in a few minutes, on invented faces.
@NullMarked
package facet.train.demo;

import org.jspecify.annotations.NullMarked;
