/// `report.html` of a run: what an evaluation found, kept as data (`eval/*.json`) and drawn as one
/// page that needs nothing but itself.
@NullMarked
package facet.train.report;

import org.jspecify.annotations.NullMarked;
