package org.fathom4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.fathom4j.data.IdxFile.Content.IMAGES;
import static org.fathom4j.data.IdxFile.Content.LABELS;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdxFileTest {

  /** 2 images of 1 × 3 pixels. */
  private static final int[] TWO_IMAGES = {
    0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 10, 20, 30, 40, 50, 255
  };

  private static final int[] FOUR_LABELS = {0, 0, 8, 1, 0, 0, 0, 4, 7, 0, 9, 3};

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void nameTheFile() {
    file = directory.resolve("train-images-idx3-ubyte.gz");
  }

  @Test
  void images_are_read_byte_by_byte() throws IOException {
    IdxFile idx = read(TWO_IMAGES);
    assertThat(idx.shape()).containsExactly(2, 1, 3);
    assertThat(idx.count()).isEqualTo(2);
    assertThat(idx.values()).isEqualTo(TestImages.bytes(10, 20, 30, 40, 50, 255));
  }

  @Test
  void labels_are_read_byte_by_byte() throws IOException {
    Files.write(file, TestImages.bytes(FOUR_LABELS));
    IdxFile idx = IdxFile.read(file, LABELS);
    assertThat(idx.shape()).containsExactly(4);
    assertThat(idx.values()).isEqualTo(TestImages.bytes(7, 0, 9, 3));
  }

  /** Oracle: coreutils' sha256sum of these 22 bytes. */
  @Test
  void the_hash_is_that_of_the_decompressed_file_with_its_header() throws IOException {
    String plain = read(TWO_IMAGES).sha256();
    Files.write(file, gzip(TestImages.bytes(TWO_IMAGES)));
    assertThat(IdxFile.read(file, IMAGES).sha256()).isEqualTo(plain);
    assertThat(plain).isEqualTo("628caecb23b1ae350a365c0e45313d60adf5424d63071136316e4cc15b06084b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"images", "images.gz"})
  void what_is_written_is_read_again(String name) throws IOException {
    IdxFile written = TestImages.split(7).imageFile("images");
    written.write(directory.resolve(name));
    IdxFile read = IdxFile.read(directory.resolve(name), IMAGES);
    assertThat(read.encode()).isEqualTo(written.encode());
    assertThat(read.sha256()).isEqualTo(written.sha256());
    assertThat(read.shape()).containsExactly(7, 3, 4);
  }

  @Test
  void writing_twice_gives_the_same_bytes() throws IOException {
    IdxFile idx = TestImages.split(7).imageFile("images");
    idx.write(file);
    byte[] first = Files.readAllBytes(file);
    idx.write(file);
    assertThat(Files.readAllBytes(file)).isEqualTo(first);
    assertThat(Arrays.copyOfRange(first, 4, 8)).as("time stamp").containsOnly(0);
  }

  @Test
  void gzip_with_file_name_comment_extra_field_and_header_checksum_is_read() throws IOException {
    byte[] body = gzip(TestImages.bytes(TWO_IMAGES));
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    gzip.writeBytes(TestImages.bytes(0x1f, 0x8b, 8, 0b11110, 1, 2, 3, 4, 0, 3));
    gzip.writeBytes(TestImages.bytes(3, 0, 'x', 0, 'y'));
    gzip.writeBytes("name\0comment\0".getBytes(StandardCharsets.US_ASCII));
    gzip.writeBytes(TestImages.bytes(0, 0));
    gzip.write(body, 10, body.length - 10);
    Files.write(file, gzip.toByteArray());
    assertThat(IdxFile.read(file, IMAGES).shape()).containsExactly(2, 1, 3);
  }

  @Test
  void a_missing_file_is_named() {
    refused(file + " does not exist.");
  }

  @Test
  void a_directory_is_no_file() {
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> IdxFile.read(directory, IMAGES))
        .withMessage(directory + " is a directory, where a file of images was expected.");
  }

  @Test
  void an_empty_file_is_refused() {
    refused(file + " is empty (0 bytes), where images were expected: fetch it anew.", new int[0]);
  }

  @Test
  void a_truncated_file_is_refused_with_both_counts() {
    refused(
        file
            + " is truncated: 19 bytes of the 22 that its header promises (2 images of 1 × 3"
            + " pixels). Fetch it anew.",
        Arrays.copyOf(TWO_IMAGES, 19));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void a_file_that_ends_in_its_magic_number_is_truncated(int length) {
    refused(
        file
            + " is truncated: "
            + length
            + " bytes of the 4 of its magic number alone. Fetch it anew.",
        Arrays.copyOf(TWO_IMAGES, length));
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 15})
  void a_file_that_ends_in_its_header_is_truncated(int length) {
    refused(
        file + " is truncated: " + length + " bytes of the 16 of its header alone. Fetch it anew.",
        Arrays.copyOf(TWO_IMAGES, length));
  }

  @Test
  void an_over_long_file_is_refused_with_the_number_of_bytes_too_many() {
    refused(
        file
            + " is too long: 5 bytes more than the 22 that its header promises (2 images of 1 × 3"
            + " pixels). Fetch it anew.",
        Arrays.copyOf(TWO_IMAGES, 27));
  }

  @Test
  void swapped_files_are_recognised() {
    refused(
        file
            + " is a file of labels (magic 0x00000801) where images (0x00000803) were expected:"
            + " were the image and the label file swapped? Fetch both anew or swap their names.",
        FOUR_LABELS);
  }

  @Test
  void other_element_types_are_refused() {
    refused(
        file
            + " is an IDX file of element type 0x0d where images (magic 0x00000803) of unsigned"
            + " bytes (0x08) were expected.",
        0,
        0,
        0x0d,
        3,
        0,
        0,
        0,
        1);
  }

  @Test
  void other_ranks_are_refused() {
    refused(
        file
            + " is an IDX file of 4 dimensions where images (magic 0x00000803) of 3 were expected.",
        0,
        0,
        8,
        4,
        0,
        0,
        0,
        1);
  }

  @Test
  void a_web_page_under_this_name_is_recognised() throws IOException {
    Files.writeString(file, "<html>404</html>");
    refused(
        file
            + " starts with the bytes 3c 68 74 6d where images (magic 0x00000803) were expected: it"
            + " is neither an IDX file nor gzip data but looks like a web page saved under this"
            + " name. Fetch it anew.");
  }

  @Test
  void compressed_nonsense_is_refused() throws IOException {
    Files.write(file, gzip("nonsense".getBytes(StandardCharsets.US_ASCII)));
    refused(
        file
            + " starts with the bytes 6e 6f 6e 73 where images (magic 0x00000803) were expected:"
            + " its decompressed content is no IDX file. Fetch it anew.");
  }

  @Test
  void a_header_that_promises_two_billion_images_allocates_nothing() {
    refused(
        file
            + " promises 2147483648 images of 28 × 28 pixels, more than the 1,073,741,824 values"
            + " that are read: its header is damaged.",
        0,
        0,
        8,
        3,
        0x80,
        0,
        0,
        0,
        0,
        0,
        0,
        28,
        0,
        0,
        0,
        28,
        1,
        2,
        3);
  }

  @Test
  void sizes_whose_product_overflows_are_refused() {
    refused(
        file
            + " promises 65536 images of 4294967295 × 65536 pixels, more than the 1,073,741,824"
            + " values that are read: its header is damaged.",
        0,
        0,
        8,
        3,
        0,
        1,
        0,
        0,
        0xff,
        0xff,
        0xff,
        0xff,
        0,
        1,
        0,
        0);
  }

  @Test
  void no_size_may_be_zero() {
    refused(
        file + " promises 2 images of 0 × 3 pixels: no size may be 0.",
        0,
        0,
        8,
        3,
        0,
        0,
        0,
        2,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        3);
  }

  @Test
  void gzip_cut_at_any_place_is_refused() throws IOException {
    byte[] whole = gzip(TestImages.bytes(TWO_IMAGES));
    for (int length = 1; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatExceptionOfType(DataException.class)
          .as("cut to %d of %d bytes", length, whole.length)
          .isThrownBy(() -> IdxFile.read(file, IMAGES))
          .withMessageStartingWith(file + " ");
    }
  }

  @Test
  void gzip_cut_in_the_middle_says_so() throws IOException {
    byte[] whole = gzip(TestImages.split(50).imageFile("images").encode());
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    refused(
        file
            + " is damaged: the gzip data end in the middle, the file was cut short. Fetch it"
            + " anew.");
  }

  @Test
  void every_flipped_bit_in_gzip_data_is_noticed_or_harmless() throws IOException {
    byte[] whole = gzip(TestImages.bytes(TWO_IMAGES));
    String right = read(TWO_IMAGES).sha256();
    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, flipped);
      try {
        // Time stamp and operating system, say, are nobody's business.
        assertThat(IdxFile.read(file, IMAGES).sha256()).as("bit %d", bit).isEqualTo(right);
      } catch (DataException e) {
        assertThat(e).hasMessageStartingWith(file + " ");
      }
    }
  }

  @Test
  void bytes_after_the_end_of_gzip_data_are_refused() throws IOException {
    byte[] whole = gzip(TestImages.bytes(TWO_IMAGES));
    Files.write(file, Arrays.copyOf(whole, whole.length + 6));
    refused(file + " is damaged: the gzip data are followed by 6 bytes too many. Fetch it anew.");
  }

  @Test
  void a_stream_is_refused_under_the_name_given() {
    InputStream stream = new ByteArrayInputStream(TestImages.bytes(0, 0, 8, 1));
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> IdxFile.read("https://example.org/labels", stream, LABELS))
        .withMessageStartingWith("https://example.org/labels is truncated: 4 bytes of the 8");
  }

  @Test
  void a_stream_that_fails_is_a_data_error() {
    InputStream stream =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("cable pulled");
          }
        };
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> IdxFile.read("images", stream, IMAGES))
        .withMessage("images cannot be read: cable pulled.");
  }

  @Test
  void pixels_must_be_a_whole_number_of_images() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IdxFile.images("images", 2, 3, new byte[7]))
        .withMessage("7 bytes are no whole number of images of 2 × 3 pixels.");
  }

  private IdxFile read(int... bytes) throws IOException {
    Files.write(file, TestImages.bytes(bytes));
    return IdxFile.read(file, IMAGES);
  }

  /** The bytes, or the file as it lies there when none are given, are refused with this message. */
  private void refused(String message, int... bytes) {
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(
            () -> {
              if (bytes.length > 0 || message.contains("is empty")) {
                Files.write(file, TestImages.bytes(bytes));
              }
              IdxFile.read(file, IMAGES);
            })
        .withMessage(message);
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(content);
    }
    return out.toByteArray();
  }
}
