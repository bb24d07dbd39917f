package org.fathom4j.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.serde.JsonMappers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The catalogue and every scheme in it: a new scheme joins by its row in the catalogue. */
class InitializersTest {

  private static final long SEED = 20_191_100_645L;

  /** No two sizes equal, M below and above D. */
  private static final List<NetworkShape> AWKWARD =
      List.of(new NetworkShape(11, 7, 3, 5, 2), new NetworkShape(2, 3, 7, 13, 5));

  private static final NetworkShape SHAPE = AWKWARD.get(0);

  /** Text | V_0 | V_l | U_l | A_l | U_{L+1}. */
  private static final String LAWS =
      """
      xavier            | N(0, 2/(fan_in+fan_out))       | N(0, 2/(fan_in+fan_out)) | N(0, 2/(fan_in+fan_out)) | N(0, 2/(fan_in+fan_out)) | N(0, 2/(fan_in+fan_out))
      xavier:fan=in     | N(0, 1/fan_in)                 | N(0, 1/fan_in)           | N(0, 1/fan_in)           | N(0, 1/fan_in)           | N(0, 1/fan_in)
      xavier-uniform    | U(±√(6/(fan_in+fan_out)))      | U(±√(6/(fan_in+fan_out)))| U(±√(6/(fan_in+fan_out)))| U(±√(6/(fan_in+fan_out)))| U(±√(6/(fan_in+fan_out)))
      he                | N(0, 2/fan_in)                 | N(0, 2/fan_in)           | N(0, 2/fan_in)           | N(0, 1/fan_in)           | N(0, 2/fan_in)
      mzas              | N(0, 1/fan_out)                | N(0, 1/fan_in)           | 0                        | 0                        | 0
      mzas:sd=0.5       | N(0, 1/fan_out)                | N(0, 1/fan_in)           | N(0, 0.25)               | N(0, 0.25)               | N(0, 0.25)
      identity          | N(0, 2/(fan_in+fan_out))       | N(0, 2/(fan_in+fan_out)) | 0                        | 0                        | N(0, 2/(fan_in+fan_out))
      near-identity     | N(0, 1/fan_out)                | N(0, 1/fan_in)           | N(0, 1/(L fan_in))       | N(0, 1/(L fan_in))       | N(0, 1/fan_in)
      fixup             | N(0, 2/fan_in)                 | N(0, 2/(L fan_in))       | 0                        | 0                        | 0
      rezero            | N(0, 2/(fan_in+fan_out))       | N(0, 2/(fan_in+fan_out)) | N(0, 2/(fan_in+fan_out)) | N(0, 2/(fan_in+fan_out)) | N(0, 2/(fan_in+fan_out))
      skipinit          | N(0, 2/fan_in)                 | N(0, 2/fan_in)           | N(0, 2/fan_in)           | N(0, 1/fan_in)           | N(0, 2/fan_in)
      hardt-ma          | N(0, 2/(fan_in+fan_out))       | N(0, 1/fan_out²)         | N(0, 1/fan_out²)         | N(0, 1/fan_out²)         | N(0, 1/fan_in)
      orthogonal        | orthogonal                     | orthogonal               | orthogonal               | orthogonal               | orthogonal
      orthogonal:gain=2 | orthogonal                     | orthogonal, gain 2       | orthogonal, gain 2       | orthogonal, gain 2       | orthogonal
      zero              | identity; H/√p where it widens | identity; H/√p where it widens | 0                  | 0                        | 0
      stable            | N(0, 1/fan_in)                 | N(0, 1/fan_in)           | N(0, 1/(L fan_in))       | N(0, 1/(L fan_in))       | N(0, 1/fan_in)
      stable:scaling=both | N(0, 1/fan_in)               | N(0, 1/(L fan_in))       | N(0, 1/(L fan_in))       | N(0, 1/(L fan_in))       | N(0, 1/fan_in)
      idinit            | repeated identity              | repeated identity        | 1e-6 repeated identity   | 1e-6 repeated identity   | 1e-6 repeated identity
      """;

  /** Every row at its defaults, and every option away from its default. */
  static Stream<String> texts() {
    return Stream.concat(
        Initializers.names().stream(),
        Stream.of(
            "xavier:fan=in",
            "xavier-uniform:fan=out",
            "he:fan=out",
            "mzas:sd=0.001",
            "near-identity:scale=0.5",
            "skipinit:alpha=inverse-sqrt-depth",
            "orthogonal:gain=1.2",
            "stable:scaling=both",
            "idinit:tau=0.5,epsilon=0.001"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = LAWS)
  void theLawOfEveryMatrixIsTheOneItsJavadocStates(
      String text, String embedding, String inner, String outer, String linear, String readout) {
    InitializationScheme scheme = Initializers.parse(text);
    assertThat(Stream.of(NetworkMatrix.values()).map(m -> m.law(scheme, SHAPE).formula()).toList())
        .containsExactly(embedding, inner, outer, linear, readout);
  }

  @Test
  void theTableOfLawsHasARowForEveryInitializer() {
    assertThat(LAWS.lines().map(line -> line.substring(0, line.indexOf('|')).strip()))
        .containsAll(Initializers.names());
  }

  @Test
  void mzasHasVarianceOneOverTheWidthFromTheEmbeddingToTheLastBlock() {
    InitializationScheme mzas = Initializers.parse("mzas");
    assertThat(mzas.embedding(SHAPE).meanSquare(SHAPE.inputs(), SHAPE.width())).isEqualTo(1.0 / 7);
    assertThat(mzas.inner(SHAPE).meanSquare(SHAPE.width(), SHAPE.hiddenWidth())).isEqualTo(1.0 / 7);
    assertThat(mzas.outer(SHAPE)).isEqualTo(new ZeroLaw());
    assertThat(mzas.readout(SHAPE)).isEqualTo(new ZeroLaw());
  }

  @ParameterizedTest
  @MethodSource("texts")
  void everyMatrixOfEverySchemeIsFilledWithFiniteNumbersAtAwkwardSizes(String text) {
    InitializationScheme scheme = Initializers.parse(text);
    for (NetworkShape shape : AWKWARD) {
      int d = shape.width();
      int m = shape.hiddenWidth();
      int[][] sizes = {{shape.inputs(), d}, {d, m}, {m, d}, {d, d}, {d, shape.classes()}};
      for (NetworkMatrix matrix : NetworkMatrix.values()) {
        int[] size = sizes[matrix.ordinal()];
        double[] weights = new double[size[0] * size[1]];
        Arrays.fill(weights, Double.NaN);
        matrix
            .law(scheme, shape)
            .fill(
                size[0],
                size[1],
                RandomGeneratorFactory.of("L64X128MixRandom").create(SEED),
                weights);
        assertThat(Arrays.stream(weights)).as("%s of %s", matrix, text).allMatch(Double::isFinite);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("texts")
  void everySchemeSurvivesTheFrameworksJson(String text) throws IOException {
    InitializationScheme scheme = Initializers.parse(text);
    String json = JsonMappers.getMapper().writeValueAsString(scheme);
    assertThat(json).contains(scheme.getClass().getName());
    assertThat(JsonMappers.getMapper().readValue(json, InitializationScheme.class))
        .isEqualTo(scheme);
  }

  @ParameterizedTest
  @MethodSource("texts")
  void everySchemeSurvivesJavaSerialization(String text)
      throws IOException, ClassNotFoundException {
    InitializationScheme scheme = Initializers.parse(text);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(scheme);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(scheme);
    }
  }

  @ParameterizedTest
  @MethodSource("texts")
  void theTextOfASchemeNamesAnEqualScheme(String text) {
    InitializationScheme scheme = Initializers.parse(text);
    assertThat(Initializers.spec(scheme)).isEqualTo(text);
    assertThat(Initializers.parse(Initializers.spec(scheme))).isEqualTo(scheme);
  }

  @Test
  void everyRowIsCalledAsItsSchemeAndTellsTheSchemesOwnDefaults() {
    for (Initializer initializer : Initializers.list()) {
      InitializationScheme scheme = initializer.scheme();
      assertThat(scheme.name()).isEqualTo(initializer.name());
      assertThat(scheme.options().keySet())
          .containsExactlyInAnyOrderElementsOf(
              initializer.options().stream().map(InitializerOption::key).toList());
      for (InitializerOption option : initializer.options()) {
        assertThat(scheme.options()).containsEntry(option.key(), option.defaultValue());
      }
      assertThat(initializer.reference()).contains("https://");
    }
  }

  @Test
  void theNoArgumentConstructorsAreTheCataloguesDefaults() {
    assertThat(Initializers.parse("xavier")).isEqualTo(new XavierNormal());
    assertThat(Initializers.parse("xavier-uniform")).isEqualTo(new XavierUniform());
    assertThat(Initializers.parse("he")).isEqualTo(new He());
    assertThat(Initializers.parse("mzas")).isEqualTo(new ModifiedZeroAsymmetric());
    assertThat(Initializers.parse("near-identity")).isEqualTo(new NearIdentity());
    assertThat(Initializers.parse("skipinit")).isEqualTo(new SkipInit());
    assertThat(Initializers.parse("orthogonal")).isEqualTo(new Orthogonal());
    assertThat(Initializers.parse("stable")).isEqualTo(new Stable());
    assertThat(Initializers.parse("idinit")).isEqualTo(new IdInit());
  }

  @ParameterizedTest
  @CsvSource({
    "glorot, xavier",
    "xavier-normal, xavier",
    "kaiming, he",
    "zero-residual, identity",
    "mZAS, mzas",
    "' ZerO ', zero"
  })
  void aliasesAndCapitalsNameTheSameScheme(String alias, String name) {
    assertThat(Initializers.parse(alias)).isEqualTo(Initializers.parse(name));
  }

  @Test
  void namesAndAliasesAreDistinct() {
    Set<String> seen = new HashSet<>();
    for (Initializer initializer : Initializers.list()) {
      for (String name : initializer.names()) {
        assertThat(seen.add(name)).as(name).isTrue();
      }
    }
  }

  @Test
  void theScalarsOfASchemeAreThoseOfItsPaper() {
    NetworkShape deep = new NetworkShape(11, 7, 3, 100, 2);
    assertThat(Initializers.parse("fixup").scalars(deep)).contains(new BranchScalars(1, true, 0.1));
    assertThat(Initializers.parse("rezero").scalars(deep)).contains(new BranchScalars(0, false, 1));
    assertThat(Initializers.parse("skipinit").scalars(deep))
        .contains(new BranchScalars(0, false, 1));
    assertThat(Initializers.parse("skipinit:alpha=inverse-sqrt-depth").scalars(deep))
        .contains(new BranchScalars(0.1, false, 1));
    assertThat(Initializers.parse("mzas").scalars(deep)).isEmpty();
  }

  @Test
  void anUnknownNameIsRefusedWithTheNearestAndAllOthers() {
    assertThatThrownBy(() -> Initializers.parse("xaveir"))
        .isInstanceOf(InvalidInitializerException.class)
        .hasMessage(
            "There is no initializer 'xaveir'. Did you mean 'xavier'? Known: xavier,"
                + " xavier-uniform, he, mzas, identity, near-identity, fixup, rezero, skipinit,"
                + " hardt-ma, orthogonal, zero, stable, idinit.");
    assertThatThrownBy(() -> Initializers.parse("kaimin:fan=in"))
        .hasMessageContaining("Did you mean 'kaiming'?");
    assertThatThrownBy(() -> Initializers.parse("batch-normalization"))
        .hasMessageContaining("'batch-normalization'. Known:");
    assertThatThrownBy(() -> Initializers.parse(""))
        .isInstanceOf(InvalidInitializerException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          orthogonal:gian=2       | has no option 'gian'. Did you mean 'gain'? Its option: gain=1
          mzas:sd=1e-3,momentum=2 | has no option 'momentum'. Its option: sd=0
          identity:sd=1           | Initializer 'identity' has no options, so not 'sd' either.
          orthogonal:gain=two     | gain='two' is no decimal number.
          orthogonal:gain=        | gain='' is no decimal number.
          orthogonal:gain=NaN     | gain='NaN' is no decimal number.
          orthogonal:gain=0       | gain must be between 1e-50 and 1e50, not 0.
          orthogonal:gain=-1      | gain must be between 1e-50 and 1e50, not -1.
          orthogonal:gain=1e999   | gain must be between 1e-50 and 1e50, not Infinity.
          mzas:sd=-0.1            | sd must be zero or positive, and finite, not -0.1.
          mzas:sd=1e-200          | has a variance that underflows
          mzas:sd=1e200           | has a variance that overflows
          near-identity:scale=0   | scale must be between 1e-100 and 1e100, not 0.
          idinit:epsilon=0        | epsilon must be between 1e-50 and 1e50, not 0.
          xavier:fan=inn          | fan must be one of in, out, average, not 'inn'. Did you mean 'in'?
          xavier:fan=one          | fan must be one of in, out, average, not 'one'.
          stable:scaling=all      | scaling must be one of outer, both, not 'all'.
          skipinit:alpha=1        | alpha must be one of zero, inverse-sqrt-depth, not '1'.
          orthogonal:             | Cannot read '' in the initializer 'orthogonal:'
          orthogonal:gain         | Cannot read 'gain' in the initializer 'orthogonal:gain'
          orthogonal:gain=1,      | Cannot read '' in the initializer 'orthogonal:gain=1,'
          orthogonal:=1           | options are written orthogonal:key=value,key=value.
          orthogonal:gain=1,gain=2| gives the option 'gain' twice.
          """)
  void anOptionThatIsNotAllowedIsRefusedByName(String text, String message) {
    assertThatThrownBy(() -> Initializers.parse(text))
        .isInstanceOf(InvalidInitializerException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Mzas", "-mzas", "mzas,", "m zas", ""})
  void aRowRefusesANameThatATextCouldNotHold(String name) {
    assertThatThrownBy(() -> row(name)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aProviderAddsRowsBehindOurOwn() {
    List<Initializer> rows = Initializers.catalogue(List.of(() -> List.of(row("third-party"))));
    assertThat(rows).hasSize(Initializers.list().size() + 1);
    assertThat(rows.get(rows.size() - 1).scheme()).isEqualTo(new ZeroResidual());
  }

  @Test
  void aProviderCannotTakeANameThatIsTaken() {
    List<InitializerProvider> providers = List.of(() -> List.of(row("glorot")));
    assertThatThrownBy(() -> Initializers.catalogue(providers))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'glorot' is taken by 'xavier'. Rename it.");
  }

  private static Initializer row(String name) {
    return new Initializer(name, List.of(), "Nobody 2024", List.of(), values -> new ZeroResidual());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          mzas                                            | mzas
          mzas, he                                        | mzas he
          glorot,MZAS:sd=0                                | xavier mzas
          orthogonal:gain=2,xavier:fan=in,mzas            | orthogonal:gain=2 xavier:fan=in mzas
          idinit:tau=2,epsilon=0.1,stable:scaling=both,he | idinit:tau=2,epsilon=0.1 stable:scaling=both he
          mzas,mzas:sd=0.5                                | mzas mzas:sd=0.5
          """)
  void a_list_is_split_at_the_names(String list, String specs) {
    assertThat(Initializers.split(list)).containsExactly(specs.split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          mzas,he,xaveir   | There is no initializer 'xaveir'. Did you mean 'xavier'?
          scale=2,mzas     | There is no initializer 'scale=2'.
          mzas,scale=2     | There is no initializer 'mzas,scale=2'.
          mzas,,he         | The list of initializers 'mzas,,he' has an empty place
          mzas,            | has an empty place
          xavier,he,glorot | The list of initializers 'xavier,he,glorot' has 'xavier' twice.
          mzas:sd=1,gain=2 | Initializer 'mzas' has no option 'gain'.
          """)
  void a_list_that_cannot_be_split_is_refused(String list, String message) {
    assertThatThrownBy(() -> Initializers.split(list))
        .isInstanceOf(InvalidInitializerException.class)
        .hasMessageContaining(message);
  }
}
