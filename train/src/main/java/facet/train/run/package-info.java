/// What a run leaves behind: its folder, its checkpoints, its metrics.
@NullMarked
package facet.train.run;

import org.jspecify.annotations.NullMarked;
