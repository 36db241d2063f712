package facet.train.data.synthetic;

import facet.train.data.RandomStream;

/// Draws one person under the conditions of one sample.
public final class FaceRenderer {
  private static final int SUB_PIXELS = 2;
  private static final double EXTENT = 1.25;
  private static final double CENTRE = .02;

  private FaceRenderer() {}

  /// The parameters of image `sample` of a person in a domain.
  public static Sample sample(long seed, int identity, boolean hard, int sample) {
    var random = new Draws(new RandomStream(seed).at(2).at(identity).at(hard ? 1 : 0).at(sample));
    return hard ? Sample.hard(random) : Sample.easy(random);
  }

  /// Renders person `identity` of the population `seed` into the first `size × size × 3` bytes of
  /// `rgb`, row by row from the top.
  public static void render(long seed, int identity, Sample sample, int size, byte[] rgb) {
    Person person = Person.draw(seed, identity);
    var head = new HeadShape(person);
    double extent = EXTENT / sample.zoom();
    double centre = CENTRE - sample.shiftY() * extent;
    var buffer = new GBuffer(size * SUB_PIXELS, extent, centre);
    draw(person, head, sample, extent, buffer);
    float[] light = new Shader(person, sample, head).shade(buffer);
    float[] image = Camera.average(light, size, SUB_PIXELS);
    var random = sample.draws(1);
    if (sample.resolution() > 0 && sample.resolution() < size) {
      image = Camera.shrink(image, size, sample.resolution());
      Camera.develop(image, sample.noise(), random);
      image = Camera.enlarge(image, sample.resolution(), size);
    } else {
      Camera.develop(image, sample.noise(), random);
    }
    Camera.quantise(image, rgb);
  }

  private static void draw(
      Person person, HeadShape head, Sample sample, double extent, GBuffer buffer) {
    double turn = StrictMath.sin(StrictMath.toRadians(sample.yaw()));
    double shift = sample.shiftX() * extent - .33 * turn;
    Pose pose = Pose.turn(sample.yaw(), sample.pitch(), sample.roll(), shift);
    Pose body = Pose.turn(.4 * sample.yaw(), 0, 0, shift);
    Pose neck = Pose.turn(.7 * sample.yaw(), 0, .4 * sample.roll(), shift);
    var props = new Props(person);
    var hair = new Hair(person, head);
    Mesh face = head.face(sample.expression());
    buffer.draw(face, Material.FACE, pose);
    props.ears().forEach(ear -> buffer.draw(ear, Material.SKIN, pose));
    buffer.draw(props.neck(), Material.NECK, neck);
    buffer.draw(props.shoulders(), Material.CLOTH, body);
    if (person.hairStyle() != HairStyle.BALD) {
      buffer.draw(hair.hair(sample.occlusion() == Occlusion.BEANIE), Material.HAIR, pose);
    }
    if (person.hairStyle() == HairStyle.BUN && sample.occlusion() != Occlusion.BEANIE) {
      buffer.draw(props.bun(), Material.HAIR, pose);
    }
    if (person.glasses().worn()
        && sample.scene().glasses()
        && sample.occlusion() != Occlusion.SUNGLASSES) {
      props.frame(person.glasses()).forEach(m -> buffer.draw(m, Material.FRAME, pose));
    }
    occlude(sample, props, hair, face, pose, buffer);
  }

  private static void occlude(
      Sample sample, Props props, Hair hair, Mesh face, Pose pose, GBuffer buffer) {
    var random = sample.draws(2);
    switch (sample.occlusion()) {
      case NONE -> {}
      case SUNGLASSES -> {
        var glasses =
            new Person.Glasses(
                .25, random.uniform(.17, .23), random.chance(.5) ? 2 : 3.5, .03, new Rgb(0, 0, 0));
        props.frame(glasses).forEach(m -> buffer.draw(m, Material.FRAME, pose));
        props.lenses(glasses).forEach(m -> buffer.draw(m, Material.DARK_LENS, pose));
      }
      case MASK -> buffer.draw(hair.mask(face), Material.MASK, pose);
      case BEANIE -> buffer.draw(hair.beanie(), Material.BEANIE, pose);
      case HAND -> {
        double side = random.chance(.5) ? 1 : -1;
        double height = random.uniform(-.75, -.05);
        Props.hand(side, height).forEach(m -> buffer.draw(m, Material.SKIN, Pose.IDENTITY));
      }
    }
  }
}
