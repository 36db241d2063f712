package facet.train.data.synthetic;

import static facet.train.data.synthetic.Shaping.clamp;
import static facet.train.data.synthetic.Shaping.mix;
import static facet.train.data.synthetic.Shaping.noise;
import static facet.train.data.synthetic.Shaping.step;

/// Turns a [GBuffer] into linear light: paint × (ambient + wrapped Lambert) + Blinn highlight.
final class Shader {
  private static final Rgb MASK = Rgb.of(0xBFE0EA);
  private static final Rgb GLARE = Rgb.of(0x4A4A58);
  private static final Rgb DARK = Rgb.of(0x141418);

  private final Person person;
  private final Sample sample;
  private final HeadShape head;

  private final double lightX;
  private final double lightY;
  private final double lightZ;
  private final double halfX;
  private final double halfY;
  private final double halfZ;
  private final Rgb key;
  private final Rgb ambient;
  private final Rgb cloth;
  private final Backdrop backdrop;

  Shader(Person person, Sample sample, HeadShape head) {
    this.person = person;
    this.sample = sample;
    this.head = head;
    var light = sample.light();
    double azimuth = StrictMath.toRadians(light.azimuth());
    double elevation = StrictMath.toRadians(light.elevation());
    lightX = StrictMath.sin(azimuth) * StrictMath.cos(elevation);
    lightY = StrictMath.sin(elevation);
    lightZ = StrictMath.cos(azimuth) * StrictMath.cos(elevation);
    double norm = 1 / Math.sqrt(2 + 2 * lightZ + 1e-9);
    halfX = norm * lightX;
    halfY = norm * lightY;
    halfZ = norm * (lightZ + 1);
    double warmth = light.warmth();
    key = new Rgb(1 + .14 * warmth, 1 + .01 * warmth, 1 - .2 * warmth).times(light.key());
    ambient = new Rgb(1 - .06 * warmth, 1, 1 + .1 * warmth).times(light.ambient());
    var scene = sample.scene();
    cloth = Rgb.hsv(scene.clothHue(), .55, scene.clothBrightness());
    backdrop = new Backdrop(sample);
  }

  /// Linear RGB, three floats a pixel.
  float[] shade(GBuffer buffer) {
    int size = buffer.size;
    float[] out = new float[size * size * 3];
    var paint = new FacePaint(person, sample.expression(), head, buffer.pixel());
    var surface = new Surface();
    for (int p = 0; p < size * size; p++) {
      Material material = buffer.material[p];
      if (material == Material.BACKDROP) {
        int row = p / size;
        double x = (p % size + .5) / size;
        double y = (row + .5) / size;
        backdrop.paint(x, y, surface);
      } else {
        if (material == Material.FACE) {
          paint.paint(buffer.u[p], buffer.v[p], buffer.cut[p], surface);
        } else {
          paint(material, buffer.u[p], buffer.v[p], buffer.cut[p], surface);
        }
        light(surface, buffer.nx[p], buffer.ny[p], buffer.nz[p]);
      }
      out[3 * p] = (float) surface.r;
      out[3 * p + 1] = (float) surface.g;
      out[3 * p + 2] = (float) surface.b;
    }
    return out;
  }

  private void paint(Material material, double u, double v, double cut, Surface to) {
    switch (material) {
      case SKIN -> {
        to.set(person.skin(), .08);
        to.times(1, .93, .92);
      }
      case NECK -> {
        to.set(person.skin(), .04);
        double shade = mix(.42, 1, step(-.85, -1.4, v));
        to.times(shade, shade * .96, shade * .95);
      }
      case HAIR -> hair(u, v, cut, to);
      case CLOTH -> {
        to.set(cloth, .02);
        to.times(.9 + .2 * noise(u * 3, v * 3, 5));
      }
      case FRAME -> to.set(person.glasses().worn() ? person.glasses().frame() : DARK, .5);
      case DARK_LENS -> {
        to.set(DARK, .2);
        to.cover(GLARE, .5 * step(-.1, .25, v));
      }
      case MASK -> {
        double pleat = Math.abs((v + 9) / .16 - Math.floor((v + 9) / .16) - .5);
        to.set(MASK, .02);
        to.times(mix(.84, 1, step(0, .18, pleat)) * mix(.85, 1, step(0, .04, cut)));
      }
      case BEANIE -> {
        to.set(cloth.mix(new Rgb(.4, .4, .4), .2), 0);
        double rib = Math.abs(u * 9 - Math.floor(u * 9) - .5);
        to.times(mix(.8, 1.05, step(0, .4, rib)) * (v < .14 ? 1.1 : .95));
      }
      case BACKDROP, FACE -> throw new AssertionError(material);
    }
  }

  /// Strands across the comb direction, darker at the roots and towards the tips.
  private void hair(double angle, double v, double cut, Surface to) {
    double curl = person.hairStyle().curl;
    double strand = noise(angle * mix(34, 13, curl), v * mix(2, 13, curl), person.salt());
    double lock = noise(angle * 8 + 90, v * mix(1, 7, curl), person.salt());
    to.set(person.hair(), .16 * (1 - .8 * curl));
    double shade = .68 + .4 * strand + .25 * lock;
    shade *= mix(.72, 1, step(0, .12, cut));
    if (person.hairStyle().hangs()) {
      shade *= mix(.6, 1, step(-1.2, -.2, v));
    }
    if (person.hairStyle() == HairStyle.BUZZ) {
      to.cover(person.skin(), .25);
    }
    to.times(shade);
  }

  private void light(Surface s, double nx, double ny, double nz) {
    double unit = 1 / Math.sqrt(nx * nx + ny * ny + nz * nz + 1e-12);
    nx *= unit;
    ny *= unit;
    nz *= unit;
    double lambert = clamp((nx * lightX + ny * lightY + nz * lightZ + .2) / 1.2);
    double sky = (.72 + .28 * ny) * (.7 + .3 * clamp(nz));
    double shine = clamp(nx * halfX + ny * halfY + nz * halfZ);
    shine *= shine; // to the 16th power
    shine *= shine;
    shine *= shine;
    shine *= shine;
    shine *= s.gloss * step(0, .3, lambert);
    double glow = s.glow * (lambert * sample.light().key() + sample.light().ambient());
    s.r = s.r * (ambient.r() * sky + key.r() * lambert) + key.r() * shine + glow;
    s.g = s.g * (ambient.g() * sky + key.g() * lambert) + key.g() * shine + glow;
    s.b = s.b * (ambient.b() * sky + key.b() * lambert) + key.b() * shine + glow;
  }
}
