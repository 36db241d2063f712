package facet.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
  @TempDir Path folder;

  /// The payloads of all records.
  private List<ByteBuffer> records() throws IOException {
    try (var files = Files.list(folder)) {
      var in = ByteBuffer.wrap(Files.readAllBytes(files.findFirst().orElseThrow()));
      in.order(ByteOrder.LITTLE_ENDIAN);
      var records = new ArrayList<ByteBuffer>();
      while (in.hasRemaining()) {
        var length = Math.toIntExact(in.getLong());
        in.getInt();
        records.add(in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN));
        in.position(in.position() + length);
        in.getInt();
      }
      return records;
    }
  }

  @Test
  void beginsLikeEveryFileOfTensorFlow() throws IOException {
    EventFile.create(folder).close();
    try (var files = Files.list(folder)) {
      var file = files.findFirst().orElseThrow();
      assertThat(file.getFileName().toString()).startsWith("events.out.tfevents.");
      var bytes = Files.readAllBytes(file);
      // The length 24 and its masked CRC-32C, as in any event file of TensorFlow.
      assertThat(HexFormat.of().formatHex(bytes, 0, 13)).isEqualTo("1800000000000000a37f4b2209");
      assertThat(new String(bytes, 23, 13, StandardCharsets.UTF_8)).isEqualTo("brain.Event:2");
    }
  }

  /// A run that goes on from step 3 keeps the points before it and the evaluation that belongs
  /// to it, unless that one is made again.
  @Test
  void aResumedRunCutsWhatItRepeats() throws IOException {
    for (var pending : new boolean[] {false, true}) {
      try (var files = Files.list(folder)) {
        files.forEach(file -> assertThat(file.toFile().delete()).isTrue());
      }
      try (var events = EventFile.create(folder)) {
        for (var step = 0; step < 5; step++) {
          events.scalar("train/loss", step, 1);
          events.scalar("eval/margin", step + 1, 1);
        }
      }
      EventFile.cut(folder, 3, pending);
      // the version, three points of training, and as many evaluations
      assertThat(records()).hasSize(1 + 3 + (pending ? 2 : 3));
      EventFile.cut(folder, 0, true);
      assertThat(records()).hasSize(1);
    }
  }

  @Test
  void aScalarIsAnEventWithStepTagAndValue() throws IOException {
    var before = System.currentTimeMillis() / 1000.0;
    try (var events = EventFile.create(folder)) {
      events.scalar("train/loss", 300, 1.5);
    }
    var event = records().get(1);
    assertThat(event.get()).isEqualTo((byte) 0x09);
    assertThat(event.getDouble()).isCloseTo(before, within(10.0));
    var rest = new byte[event.remaining()];
    event.get(rest);
    // step 300 = varint ac02; summary of 19 bytes; value of 17; tag of 10; float 1.5
    assertThat(HexFormat.of().formatHex(rest))
        .isEqualTo("10ac02" + "2a13" + "0a11" + "0a0a" + "747261696e2f6c6f7373" + "150000c03f");
  }

  @Test
  void aLongTagIsWrittenWhole() throws IOException {
    var tag = "x".repeat(300);
    try (var events = EventFile.create(folder)) {
      events.scalar(tag, Long.MAX_VALUE, Double.NaN);
    }
    var event = records().get(1);
    var text = StandardCharsets.ISO_8859_1.decode(event.duplicate()).toString();
    assertThat(text).contains(tag);
    assertThat(event.getFloat(event.limit() - 4)).isNaN();
  }
}
