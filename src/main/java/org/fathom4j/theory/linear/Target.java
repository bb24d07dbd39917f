package org.fathom4j.theory.linear;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.fathom4j.text.Spelling;

/**
 * The matrix Φ that a linear network is to learn: R = ½‖W_L ⋯ W_1 − Φ‖_F².
 *
 * <p>Square, [d, d], and finite. Its singular value decomposition Φ = U diag(σ) Vᵀ, σ descending,
 * is computed once.
 *
 * <pre>{@code
 * Target target = Target.parse("0.8,-1.3;1.1,0.6");
 * target.singularValues();                       // 1.53067, 1.24782
 * Target.parse("gaussian:100:100");              // 100×100, N(0, 1), seed 100
 * }</pre>
 */
public final class Target {

  /** The forms that {@link #parse} knows, for help and error messages. */
  public static final List<String> FORMS =
      List.of(
          "0.8,-1.3;1.1,0.6",
          "FILE.csv",
          "minus-identity:D",
          "gaussian:D:SEED",
          "rotation:DEGREES[:SCALE]",
          "diagonal:2,1,-0.7");

  private static final List<String> NAMES =
      List.of("minus-identity", "gaussian", "rotation", "diagonal");

  /** Largest dimension accepted: one matrix then takes 800 MB, and its decomposition hours. */
  private static final int LARGEST_DIMENSION = 10_000;

  /** ‖ΦΦᵀ − ΦᵀΦ‖_F and ‖Φ − Φᵀ‖_F count as zero below this part of ‖Φ‖_F² and ‖Φ‖_F. */
  private static final double ROUNDING = 1e-12;

  private final String name;
  private final DMatrixRMaj matrix;
  private SingularValues decomposition; // computed when first asked for; guarded by this

  private Target(String name, DMatrixRMaj matrix) {
    this.name = name;
    this.matrix = matrix;
  }

  /**
   * A target with a name for messages.
   *
   * @param matrix [d, d], finite; copied
   * @throws InvalidProblemException if it is empty, not square or not finite
   */
  public static Target of(String name, DMatrixRMaj matrix) {
    if (matrix.numRows == 0 || matrix.numRows != matrix.numCols) {
      throw new InvalidProblemException(
          String.format(
              "The target %s is %d×%d, but a target is square: as many rows as columns, at least"
                  + " one.",
              name, matrix.numRows, matrix.numCols));
    }
    if (matrix.numRows > LARGEST_DIMENSION) {
      throw new InvalidProblemException(
          String.format(
              "The target %s has dimension %d; at most %d are allowed.",
              name, matrix.numRows, LARGEST_DIMENSION));
    }
    for (int i = 0; i < matrix.numRows; i++) {
      for (int j = 0; j < matrix.numCols; j++) {
        if (!Double.isFinite(matrix.get(i, j))) {
          throw new InvalidProblemException(
              String.format(
                  "The target %s has the entry %s in row %d, column %d; entries are finite numbers.",
                  name, matrix.get(i, j), i + 1, j + 1));
        }
      }
    }
    return new Target(name, matrix.copy());
  }

  /** −I, the target that no product of matrices near the identity reaches quickly. */
  public static Target minusIdentity(int dimension) {
    DMatrixRMaj matrix = CommonOps_DDRM.identity(checkedDimension("minus-identity", dimension));
    CommonOps_DDRM.changeSign(matrix);
    return new Target("minus-identity:" + dimension, matrix);
  }

  /** Independent N(0, 1) entries, drawn row by row by {@link PortableRandom}. */
  public static Target gaussian(int dimension, long seed) {
    int d = checkedDimension("gaussian", dimension);
    return new Target(
        "gaussian:" + dimension + ":" + seed, new PortableRandom(seed).normalMatrix(d, d));
  }

  /** {@code scale} times the rotation of the plane by an angle. */
  public static Target rotation(double degrees, double scale) {
    double angle = Math.toRadians(degrees);
    double c = scale * Math.cos(angle);
    double s = scale * Math.sin(angle);
    return of(
        "rotation:" + degrees + (scale == 1 ? "" : ":" + scale),
        new DMatrixRMaj(new double[][] {{c, -s}, {s, c}}));
  }

  /** The diagonal matrix of these numbers. */
  public static Target diagonal(double... entries) {
    return of("diagonal:" + join(entries), CommonOps_DDRM.diag(entries));
  }

  /**
   * Reads a target as it is typed on the command line: one of {@link #FORMS}. A CSV file has one
   * row a line; empty lines and lines that begin with {@code #} are skipped.
   *
   * @throws InvalidProblemException if the text is none of these, or the matrix is not a target
   */
  public static Target parse(String text) {
    String trimmed = text.strip();
    int colon = trimmed.indexOf(':');
    String head = colon < 0 ? trimmed : trimmed.substring(0, colon);
    String[] arguments = colon < 0 ? new String[0] : trimmed.substring(colon + 1).split(":", -1);
    switch (head) {
      case "minus-identity":
        requireArguments(trimmed, arguments, 1, 1);
        return minusIdentity(wholeNumber(trimmed, "D", arguments[0]));
      case "gaussian":
        requireArguments(trimmed, arguments, 2, 2);
        return gaussian(wholeNumber(trimmed, "D", arguments[0]), seed(trimmed, arguments[1]));
      case "rotation":
        requireArguments(trimmed, arguments, 1, 2);
        return rotation(
            number(trimmed, "DEGREES", arguments[0]),
            arguments.length < 2 ? 1 : number(trimmed, "SCALE", arguments[1]));
      case "diagonal":
        requireArguments(trimmed, arguments, 1, 1);
        return diagonal(row(trimmed, "", arguments[0]));
      default:
        if (trimmed.toLowerCase(Locale.ROOT).endsWith(".csv")) {
          return read(trimmed);
        }
        if (!trimmed.isEmpty() && Character.isLetter(trimmed.charAt(0)) && !isNumber(head)) {
          throw new InvalidProblemException(Spelling.unknown("target", head, FORMS, NAMES));
        }
        return of("'" + trimmed + "'", matrix(trimmed, trimmed.split(";", -1), "row "));
    }
  }

  /** What it was made from, such as {@code gaussian:100:100}. */
  public String name() {
    return name;
  }

  /** d. */
  public int dimension() {
    return matrix.numRows;
  }

  /** A copy of Φ, [d, d]. */
  public DMatrixRMaj matrix() {
    return matrix.copy();
  }

  /** Φ itself, not to be changed. */
  DMatrixRMaj phi() {
    return matrix;
  }

  /** σ_1 ≥ … ≥ σ_d ≥ 0. */
  public double[] singularValues() {
    return svd().values().clone();
  }

  /** A copy of U, [d, d]: left singular vectors in columns, in the order of the values. */
  public DMatrixRMaj leftSingularVectors() {
    return svd().left().copy();
  }

  /** A copy of V, [d, d]: right singular vectors in columns, in the order of the values. */
  public DMatrixRMaj rightSingularVectors() {
    return svd().right().copy();
  }

  /**
   * The eigenvalues of a symmetric target.
   *
   * @throws InvalidProblemException if it is not symmetric
   */
  public Eigenvalues eigenvalues() {
    if (!isSymmetric()) {
      throw new InvalidProblemException(
          String.format(
              "The target %s is not symmetric (Φ ≠ Φᵀ), so its layers do not reduce to real"
                  + " eigenvalues. Take the matrices.",
              name));
    }
    return Eigenvalues.of(matrix);
  }

  /** ‖Φ − I‖_F. */
  public double distanceFromIdentity() {
    DMatrixRMaj difference = matrix.copy();
    for (int i = 0; i < dimension(); i++) {
      difference.add(i, i, -1);
    }
    return NormOps_DDRM.normF(difference);
  }

  /** R = ½‖P − Φ‖_F² of a product P, [d, d]. */
  public double loss(DMatrixRMaj product) {
    double sum = 0;
    for (int i = 0; i < matrix.getNumElements(); i++) {
      double difference = product.data[i] - matrix.data[i];
      sum += difference * difference;
    }
    return sum / 2;
  }

  /** ‖Φ‖_F. */
  public double frobeniusNorm() {
    return NormOps_DDRM.normF(matrix);
  }

  /** Whether Φ = Φᵀ but for rounding. */
  public boolean isSymmetric() {
    DMatrixRMaj difference = new DMatrixRMaj(dimension(), dimension());
    CommonOps_DDRM.transpose(matrix, difference);
    CommonOps_DDRM.subtractEquals(difference, matrix);
    return NormOps_DDRM.normF(difference) <= ROUNDING * frobeniusNorm();
  }

  /** Whether ΦΦᵀ = ΦᵀΦ but for rounding: symmetric, orthogonal, a scaled rotation. */
  public boolean isNormal() {
    DMatrixRMaj commutator = new DMatrixRMaj(dimension(), dimension());
    CommonOps_DDRM.multTransB(matrix, matrix, commutator);
    CommonOps_DDRM.multAddTransA(-1, matrix, matrix, commutator);
    double norm = frobeniusNorm();
    return NormOps_DDRM.normF(commutator) <= ROUNDING * norm * norm;
  }

  @Override
  public String toString() {
    return name;
  }

  private synchronized SingularValues svd() {
    if (decomposition == null) {
      decomposition = SingularValues.of(matrix);
    }
    return decomposition;
  }

  private static Target read(String text) {
    Path file;
    List<String> lines;
    try {
      file = Path.of(text);
      lines = Files.readAllLines(file);
    } catch (InvalidPathException | IOException e) {
      throw new InvalidProblemException(
          "The target's file " + text + " cannot be read: " + e + ".", e);
    }
    List<String> rows = new ArrayList<>();
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (!line.isEmpty() && !line.startsWith("#")) {
        rows.add(line);
        numbers.add(i + 1);
      }
    }
    if (rows.isEmpty()) {
      throw new InvalidProblemException("The target's file " + text + " has no rows of numbers.");
    }
    double[][] entries = new double[rows.size()][];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = row(text, "line " + numbers.get(i) + " of ", rows.get(i));
    }
    return of(text, rectangular(text, entries));
  }

  private static DMatrixRMaj matrix(String text, String[] rows, String what) {
    double[][] entries = new double[rows.length][];
    for (int i = 0; i < rows.length; i++) {
      entries[i] = row("'" + text + "'", what + (i + 1) + " of ", rows[i]);
    }
    return rectangular("'" + text + "'", entries);
  }

  private static DMatrixRMaj rectangular(String text, double[][] entries) {
    for (int i = 1; i < entries.length; i++) {
      if (entries[i].length != entries[0].length) {
        throw new InvalidProblemException(
            String.format(
                "The target %s has %d numbers in its first row but %d in row %d; all rows are equally"
                    + " long.",
                text, entries[0].length, entries[i].length, i + 1));
      }
    }
    return new DMatrixRMaj(entries);
  }

  private static double[] row(String text, String where, String row) {
    String[] words = row.split(",", -1);
    double[] numbers = new double[words.length];
    for (int j = 0; j < words.length; j++) {
      try {
        numbers[j] = Double.parseDouble(words[j].strip());
      } catch (NumberFormatException e) {
        throw new InvalidProblemException(
            String.format(
                "Entry %d in %sthe target %s is '%s', which is no number. A target is one of: %s.",
                j + 1, where, text, words[j].strip(), String.join(", ", FORMS)),
            e);
      }
    }
    return numbers;
  }

  private static boolean isNumber(String text) {
    return text.startsWith("NaN") || text.startsWith("Infinity");
  }

  private static int checkedDimension(String name, int dimension) {
    if (dimension < 1 || dimension > LARGEST_DIMENSION) {
      throw new InvalidProblemException(
          String.format(
              "The target %s:%d has dimension %d; allowed are 1 to %d.",
              name, dimension, dimension, LARGEST_DIMENSION));
    }
    return dimension;
  }

  private static void requireArguments(String text, String[] arguments, int least, int most) {
    if (arguments.length < least || arguments.length > most) {
      throw new InvalidProblemException(
          String.format(
              "The target '%s' has %d values after its name. The forms are: %s.",
              text, arguments.length, String.join(", ", FORMS)));
    }
  }

  private static int wholeNumber(String text, String what, String word) {
    try {
      return Integer.parseInt(word.strip());
    } catch (NumberFormatException e) {
      throw notANumber(text, what, word, "a whole number", e);
    }
  }

  private static long seed(String text, String word) {
    try {
      return Long.parseLong(word.strip());
    } catch (NumberFormatException e) {
      throw notANumber(text, "SEED", word, "a whole number", e);
    }
  }

  private static double number(String text, String what, String word) {
    try {
      return Double.parseDouble(word.strip());
    } catch (NumberFormatException e) {
      throw notANumber(text, what, word, "a number", e);
    }
  }

  private static InvalidProblemException notANumber(
      String text, String what, String word, String kind, NumberFormatException cause) {
    return new InvalidProblemException(
        String.format("The target '%s': %s is '%s', which is not %s.", text, what, word, kind),
        cause);
  }

  private static String join(double[] numbers) {
    return String.join(",", Arrays.stream(numbers).mapToObj(Double::toString).toList());
  }
}
