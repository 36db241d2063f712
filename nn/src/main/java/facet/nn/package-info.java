/// Layers, parameters and the networks: IResNet and its kin, MobileFaceNet.
@NullMarked
package facet.nn;

import org.jspecify.annotations.NullMarked;
