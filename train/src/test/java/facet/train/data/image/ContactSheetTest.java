package facet.train.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContactSheetTest {
  @TempDir Path folder;

  @Test
  void imagesLieInRows() throws IOException {
    byte[] red = {(byte) 255, 0, 0};
    byte[] grey = {7, 8, 9};
    Path png = folder.resolve("sheet.png");
    ContactSheet.write(png, 2, List.of(red, red, grey), 1);
    var sheet = ImageIO.read(png.toFile());
    assertThat(sheet.getWidth()).isEqualTo(8);
    assertThat(sheet.getHeight()).isEqualTo(8);
    assertThat(sheet.getRGB(5, 2)).isEqualTo(0xFFFF0000);
    assertThat(sheet.getRGB(2, 5)).isEqualTo(0xFF070809);
    assertThat(sheet.getRGB(5, 5)).isEqualTo(0xFFFFFFFF);
  }

  @Test
  void wrongImagesAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ContactSheet.write(Path.of("a.png"), 2, List.of(new byte[5]), 1))
        .withMessage("contact sheet a.png: image 0 has 5 bytes, size 1 needs 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ContactSheet.write(Path.of("a.png"), 2, List.of(), 1))
        .withMessage(
            "contact sheet a.png: got 0 images, 2 columns, size 1; needs at least 1 of each");
  }
}
