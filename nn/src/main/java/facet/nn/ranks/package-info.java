/// Training on several processes: what they say to each other, and in which order they add.
@NullMarked
package facet.nn.ranks;

import org.jspecify.annotations.NullMarked;
