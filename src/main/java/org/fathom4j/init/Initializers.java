package org.fathom4j.init;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.fathom4j.text.Spelling;

/**
 * The catalogue of initialization schemes, read by command line, documentation and tests.
 *
 * <p>A text {@code name[:key=value,…]} names a scheme with its options, such as {@code mzas} or
 * {@code orthogonal:gain=1.2}; names and aliases in any case. Schemes of other jars join through
 * {@link InitializerProvider}.
 */
public final class Initializers {

  private static final InitializerOption FAN =
      new InitializerOption("fan", "average", "what the variance is divided by: in, out, average");

  /** Our own rows, in the order they are listed. */
  private static final List<Initializer> OWN =
      List.of(
          new Initializer(
              "xavier",
              List.of("glorot", "xavier-normal"),
              "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural"
                  + " networks, eq. (12), https://proceedings.mlr.press/v9/glorot10a.html",
              List.of(FAN),
              values -> new XavierNormal(fan(values))),
          new Initializer(
              "xavier-uniform",
              List.of("glorot-uniform"),
              "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural"
                  + " networks, eq. (16), https://proceedings.mlr.press/v9/glorot10a.html",
              List.of(FAN),
              values -> new XavierUniform(fan(values))),
          new Initializer(
              "he",
              List.of("kaiming"),
              "He, Zhang, Ren & Sun 2015, Delving Deep into Rectifiers, eq. (10),"
                  + " https://arxiv.org/abs/1502.01852",
              List.of(new InitializerOption("fan", "in", FAN.meaning())),
              values -> new He(fan(values))),
          new Initializer(
              "mzas",
              List.of("modified-zero-asymmetric"),
              "Wu, Wang & Ma 2019, Global Convergence of Gradient Descent for Deep Linear Residual"
                  + " Networks, eq. (6.2), https://arxiv.org/abs/1911.00645",
              List.of(
                  new InitializerOption(
                      "sd", "0", "standard deviation of U_l, A_l and readout, 0 or positive")),
              values -> new ModifiedZeroAsymmetric(number(values, "sd"))),
          new Initializer(
              "identity",
              List.of("zero-residual"),
              "Hardt & Ma 2017, Identity Matters in Deep Learning, sec. 2,"
                  + " https://arxiv.org/abs/1611.04231; Goyal et al. 2017, sec. 5.1,"
                  + " https://arxiv.org/abs/1706.02677",
              List.of(),
              values -> new ZeroResidual()),
          new Initializer(
              "near-identity",
              List.of(),
              "Wu, Wang & Ma 2019, Global Convergence of Gradient Descent for Deep Linear Residual"
                  + " Networks, eq. (5.1), https://arxiv.org/abs/1911.00645",
              List.of(
                  new InitializerOption(
                      "scale", "1", "factor on the standard deviation of U_l and A_l, positive")),
              values -> new NearIdentity(number(values, "scale"))),
          new Initializer(
              "fixup",
              List.of(),
              "Zhang, Dauphin & Ma 2019, Fixup Initialization: Residual Learning Without"
                  + " Normalization, rules 1-3, https://arxiv.org/abs/1901.09321",
              List.of(),
              values -> new Fixup()),
          new Initializer(
              "rezero",
              List.of(),
              "Bachlechner, Majumder, Mao, Cottrell & McAuley 2020, ReZero is All You Need: Fast"
                  + " Convergence at Large Depth, https://arxiv.org/abs/2003.04887",
              List.of(),
              values -> new ReZero()),
          new Initializer(
              "skipinit",
              List.of(),
              "De & Smith 2020, Batch Normalization Biases Residual Blocks Towards the Identity"
                  + " Function in Deep Networks, https://arxiv.org/abs/2002.10444",
              List.of(
                  new InitializerOption(
                      "alpha",
                      SkipInit.Start.ZERO.option(),
                      "where the multiplier of each branch starts: zero, inverse-sqrt-depth")),
              values ->
                  new SkipInit(
                      choice(
                          values,
                          "alpha",
                          SkipInit.Start::option,
                          List.of(SkipInit.Start.values())))),
          new Initializer(
              "hardt-ma",
              List.of(),
              "Hardt & Ma 2017, Identity Matters in Deep Learning, sec. 4,"
                  + " https://arxiv.org/abs/1611.04231",
              List.of(),
              values -> new HardtMa()),
          new Initializer(
              "orthogonal",
              List.of(),
              "Saxe, McClelland & Ganguli 2014, Exact solutions to the nonlinear dynamics of learning"
                  + " in deep linear neural networks, https://arxiv.org/abs/1312.6120",
              List.of(
                  new InitializerOption(
                      "gain", "1", "singular values of V_l, U_l and A_l, positive")),
              values -> new Orthogonal(number(values, "gain"))),
          new Initializer(
              "zero",
              List.of(),
              "Zhao, Schäfer & Anandkumar 2022, ZerO Initialization: Initializing Neural Networks"
                  + " with only Zeros and Ones, alg. 1, https://arxiv.org/abs/2110.12661",
              List.of(),
              values -> new ZerO()),
          new Initializer(
              "stable",
              List.of("stable-resnet"),
              "Hayou, Clerico, He, Deligiannidis, Doucet & Rousseau 2021, Stable ResNet,"
                  + " https://arxiv.org/abs/2010.12859",
              List.of(
                  new InitializerOption(
                      "scaling",
                      Stable.Scaling.OUTER.option(),
                      "which matrices of a branch carry 1/√L: outer, both")),
              values ->
                  new Stable(
                      choice(
                          values,
                          "scaling",
                          Stable.Scaling::option,
                          List.of(Stable.Scaling.values())))),
          new Initializer(
              "idinit",
              List.of(),
              "Pan, Wang, Wu, Wang, Zhang & Xu 2025, IDInit: A Universal and Stable Initialization"
                  + " Method for Neural Network Training, https://arxiv.org/abs/2503.04626",
              List.of(
                  new InitializerOption(
                      "tau", Numbers.text(IdInit.TAU), "the ones of V_0 and V_l, positive"),
                  new InitializerOption(
                      "epsilon",
                      Numbers.text(IdInit.EPSILON),
                      "the ones of U_l, A_l and readout, positive")),
              values -> new IdInit(number(values, "tau"), number(values, "epsilon"))));

  private static final List<Initializer> CATALOGUE =
      catalogue(ServiceLoader.load(InitializerProvider.class));

  private Initializers() {}

  /** Every initializer, our own first. */
  public static List<Initializer> list() {
    return CATALOGUE;
  }

  /** The names in the catalogue, without aliases. */
  public static List<String> names() {
    return CATALOGUE.stream().map(Initializer::name).toList();
  }

  /**
   * The row of a name or alias, in any case.
   *
   * @throws InvalidInitializerException if there is none; the message suggests the nearest and
   *     lists all
   */
  public static Initializer named(String name) {
    String wanted = name.strip().toLowerCase(Locale.ROOT);
    List<String> known = new ArrayList<>();
    for (Initializer initializer : CATALOGUE) {
      if (initializer.names().contains(wanted)) {
        return initializer;
      }
      known.addAll(initializer.names());
    }
    throw new InvalidInitializerException(
        Spelling.unknown("initializer", name.strip(), names(), known));
  }

  /**
   * The scheme that a text {@code name[:key=value,…]} names.
   *
   * @throws InvalidInitializerException if name, key or value is none of the catalogue's
   */
  public static InitializationScheme parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      return named(text).scheme();
    }
    Initializer initializer = named(text.substring(0, colon));
    Map<String, String> given = new LinkedHashMap<>();
    for (String pair : text.substring(colon + 1).split(",", -1)) {
      int equals = pair.indexOf('=');
      if (equals < 1) {
        throw new InvalidInitializerException(
            "Cannot read '%s' in the initializer '%s': options are written %s:key=value,key=value."
                .formatted(pair, text, initializer.name()));
      }
      String key = pair.substring(0, equals).strip();
      if (given.put(key, pair.substring(equals + 1).strip()) != null) {
        throw new InvalidInitializerException(
            "The initializer '%s' gives the option '%s' twice.".formatted(text, key));
      }
    }
    return initializer.scheme(given);
  }

  /**
   * The schemes of a list, each as {@link #spec} writes it.
   *
   * <pre>
   *   orthogonal:gain=1.2,xavier:fan=in,mzas   →   orthogonal:gain=1.2 · xavier:fan=in · mzas
   * </pre>
   *
   * <p>Commas separate schemes and a scheme's options alike: what follows a comma is an option if
   * it is written {@code key=value}, and the next scheme otherwise.
   *
   * @throws InvalidInitializerException if a name, key or value is none of the catalogue's, if a
   *     place in the list is empty, or if a scheme is there twice
   */
  public static List<String> split(String list) {
    List<String> texts = new ArrayList<>();
    for (String piece : list.split(",", -1)) {
      if (piece.isBlank()) {
        throw new InvalidInitializerException(
            "The list of initializers '%s' has an empty place; write it as in mzas,xavier:fan=in,he."
                .formatted(list));
      }
      if (texts.isEmpty() || !isOption(piece)) {
        texts.add(piece);
      } else {
        texts.set(texts.size() - 1, texts.get(texts.size() - 1) + "," + piece);
      }
    }
    List<String> specs = new ArrayList<>();
    for (String text : texts) {
      String spec = spec(parse(text));
      if (specs.contains(spec)) {
        throw new InvalidInitializerException(
            "The list of initializers '%s' has '%s' twice.".formatted(list, spec));
      }
      specs.add(spec);
    }
    return List.copyOf(specs);
  }

  private static boolean isOption(String piece) {
    int equals = piece.indexOf('=');
    int colon = piece.indexOf(':');
    return equals >= 0 && (colon < 0 || equals < colon);
  }

  /**
   * The text that {@link #parse} reads back to an equal scheme; options at their default are left
   * out.
   *
   * @throws InvalidInitializerException if the scheme is not in the catalogue
   */
  public static String spec(InitializationScheme scheme) {
    Map<String, String> values = scheme.options();
    Initializer initializer = named(scheme.name());
    String options =
        initializer.options().stream()
            .filter(option -> values.containsKey(option.key()))
            .filter(option -> !values.get(option.key()).equals(option.defaultValue()))
            .map(option -> option.key() + "=" + values.get(option.key()))
            .collect(Collectors.joining(","));
    return options.isEmpty() ? initializer.name() : initializer.name() + ":" + options;
  }

  /** Our own rows and those of the providers; refuses a name that is taken. */
  static List<Initializer> catalogue(Iterable<InitializerProvider> providers) {
    List<Initializer> rows = new ArrayList<>(OWN);
    for (InitializerProvider provider : providers) {
      for (Initializer added : provider.initializers()) {
        for (Initializer present : rows) {
          added.names().stream()
              .filter(present.names()::contains)
              .findFirst()
              .ifPresent(
                  name -> {
                    throw new IllegalStateException(
                        "%s adds the initializer '%s', but '%s' is taken by '%s'. Rename it."
                            .formatted(
                                provider.getClass().getName(), added.name(), name, present.name()));
                  });
        }
        rows.add(added);
      }
    }
    return List.copyOf(rows);
  }

  private static Fan fan(Map<String, String> values) {
    return choice(values, "fan", Fan::option, List.of(Fan.IN, Fan.OUT, Fan.AVERAGE));
  }

  private static double number(Map<String, String> values, String key) {
    try {
      return Numbers.parse(values.get(key));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          key + "='" + values.get(key) + "' is no decimal number.", e);
    }
  }

  private static <E> E choice(
      Map<String, String> values, String key, Function<E, String> option, List<E> allowed) {
    String text = values.get(key).toLowerCase(Locale.ROOT);
    for (E candidate : allowed) {
      if (option.apply(candidate).equals(text)) {
        return candidate;
      }
    }
    List<String> texts = allowed.stream().map(option).toList();
    throw new IllegalArgumentException(
        "%s must be one of %s, not '%s'.%s"
            .formatted(
                key, String.join(", ", texts), values.get(key), Spelling.suggestion(text, texts)));
  }
}
