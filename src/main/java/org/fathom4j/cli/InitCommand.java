package org.fathom4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.fathom4j.init.Branch;
import org.fathom4j.init.BranchScalars;
import org.fathom4j.init.Growth;
import org.fathom4j.init.InitializationScheme;
import org.fathom4j.init.Initializer;
import org.fathom4j.init.InitializerOption;
import org.fathom4j.init.Initializers;
import org.fathom4j.init.NetworkMatrix;
import org.fathom4j.init.NetworkShape;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fathom init}: the catalogue of initializers, and what one of them predicts. */
@Command(
    name = "init",
    description = "The catalogue of initializers: how a network may start.",
    subcommands = {InitCommand.ListCommand.class, InitCommand.ShowCommand.class},
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example: fathom init show mzas --depth 10000"})
final class InitCommand {

  /** Inputs and classes of Fashion-MNIST: laws are printed with open fans, so they show nowhere. */
  private static final int INPUTS = 784;

  private static final int CLASSES = 10;

  private InitCommand() {}

  @Command(
      name = "list",
      description = "All initializers with the law of every matrix.",
      footer = {"", "Example: fathom init list --json"})
  static final class ListCommand implements Callable<Integer> {

    /** Laws show the depth as L, as long as there is more than one block. */
    private static final NetworkShape ANY_SHAPE = new NetworkShape(INPUTS, 64, 32, 100, CLASSES);

    @Spec private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON array (default: a table).")
    private boolean json;

    @Override
    public Integer call() {
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Initializer initializer : Initializers.list()) {
          rows.add(row(initializer, initializer.scheme(), ANY_SHAPE, Branch.RELU));
        }
        out.println(Json.of(rows));
      } else {
        printTable(out);
      }
      out.flush();
      return ExitCode.DONE;
    }

    private static void printTable(PrintWriter out) {
      TextTable table =
          new TextTable(
              "name", "aliases", "options", "V_l", "U_l", "V_0", "U_{L+1}", "A_l", "reference");
      for (Initializer initializer : Initializers.list()) {
        InitializationScheme scheme = initializer.scheme();
        table.row(
            initializer.name(),
            String.join(", ", initializer.aliases()),
            String.join(
                ",",
                initializer.options().stream().map(o -> o.key() + "=" + o.defaultValue()).toList()),
            formula(NetworkMatrix.INNER, scheme, ANY_SHAPE),
            formula(NetworkMatrix.OUTER, scheme, ANY_SHAPE),
            formula(NetworkMatrix.EMBEDDING, scheme, ANY_SHAPE),
            formula(NetworkMatrix.READOUT, scheme, ANY_SHAPE),
            formula(NetworkMatrix.LINEAR, scheme, ANY_SHAPE),
            initializer.reference());
      }
      table.print(out);
    }
  }

  @Command(
      name = "show",
      description = {
        "One initializer at given sizes: the law of every matrix, the predicted growth of E|z|^2 over"
            + " the depth, and whether numbers stay finite and blocks can move there.",
        "",
        "Without these two nothing trains. They do not say that it learns: fathom compare shows that."
      },
      footer = {
        "",
        "Example: fathom init show orthogonal:gain=1.2 --depth 1000 --width 64 --hidden-width 32"
      })
  static final class ShowCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Parameters(
        paramLabel = "NAME",
        description =
            "An initializer of 'fathom init list', with options if need be: NAME:key=value,...")
    private String name;

    @Option(
        names = "--depth",
        paramLabel = "L",
        defaultValue = "100",
        description = "Number of residual blocks (default: ${DEFAULT-VALUE}).")
    private int depth;

    @Option(
        names = "--width",
        paramLabel = "D",
        defaultValue = "64",
        description = "Length of the residual stream (default: ${DEFAULT-VALUE}).")
    private int width;

    @Option(
        names = "--hidden-width",
        paramLabel = "M",
        defaultValue = "64",
        description = "Hidden units of a block (default: ${DEFAULT-VALUE}).")
    private int hiddenWidth;

    @Option(
        names = "--block",
        paramLabel = "KIND",
        defaultValue = "nonlinear",
        description = "nonlinear, z + Uσ(Vz), or linear, z + Az (default: ${DEFAULT-VALUE}).")
    private BlockKind block;

    @Option(
        names = "--activation",
        paramLabel = "NAME",
        defaultValue = "relu",
        description =
            "σ of nonlinear blocks: relu or identity, those whose growth is known (default:"
                + " ${DEFAULT-VALUE}).")
    private KnownActivation activation;

    @Option(
        names = "--json",
        description =
            "Print one JSON object, in which \"trains\" says whether numbers stay finite and blocks"
                + " can move (default: a table).")
    private boolean json;

    @Override
    public Integer call() {
      requirePositive("--depth", depth);
      requirePositive("--width", width);
      requirePositive("--hidden-width", hiddenWidth);
      InitializationScheme scheme = scheme();
      NetworkShape shape = new NetworkShape(INPUTS, width, hiddenWidth, depth, CLASSES);
      Branch branch = block == BlockKind.linear ? Branch.LINEAR : activation.branch;
      Growth growth = Growth.of(scheme, shape, branch);
      Initializer initializer = Initializers.named(scheme.name());
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        Map<String, Object> result = row(initializer, scheme, shape, branch);
        result.put("growthPerBlock", growth.perBlock());
        result.put("log10Growth", growth.log10());
        result.put("trains", growth.mayTrain());
        out.println(Json.of(result));
      } else {
        printTable(out, initializer, scheme, shape, branch, growth);
      }
      out.flush();
      return ExitCode.DONE;
    }

    private InitializationScheme scheme() {
      try {
        return Initializers.parse(name);
      } catch (IllegalArgumentException e) {
        throw new ParameterException(spec.commandLine(), e.getMessage(), e);
      }
    }

    private void requirePositive(String option, int value) {
      if (value < 1) {
        throw new ParameterException(
            spec.commandLine(), option + " must be at least 1, not " + value + ".");
      }
    }

    private static void printTable(
        PrintWriter out,
        Initializer initializer,
        InitializationScheme scheme,
        NetworkShape shape,
        Branch branch,
        Growth growth) {
      TextTable table = new TextTable("initializer", Initializers.spec(scheme));
      table.row("aliases", String.join(", ", initializer.aliases()));
      for (InitializerOption option : initializer.options()) {
        table.row(
            "option " + option.key(),
            scheme.options().getOrDefault(option.key(), option.defaultValue())
                + "  ("
                + option.meaning()
                + ")");
      }
      table.row(
          "sizes",
          branch == Branch.LINEAR
              ? "L=%d, D=%d".formatted(shape.depth(), shape.width())
              : "L=%d, D=%d, M=%d".formatted(shape.depth(), shape.width(), shape.hiddenWidth()));
      for (NetworkMatrix matrix : matrices(branch)) {
        table.row(matrix.symbol(), formula(matrix, scheme, shape));
      }
      scheme.scalars(shape).ifPresent(scalars -> table.row("scalars", inWords(scalars, branch)));
      table.row(
          "growth of E|z|^2 per block",
          growth.excess() == 0 ? "1" : "1 + %.6g".formatted(growth.excess()));
      table.row(
          "growth over %d blocks".formatted(shape.depth()),
          growth.excess() == 0 ? "1" : "10^%.4g".formatted(growth.log10()));
      table.row("finite, and blocks can move", verdict(growth));
      table.row("reference", initializer.reference());
      table.print(out);
    }

    private static String inWords(BranchScalars scalars, Branch branch) {
      return "multiplier %s%s, learning rate times %s"
          .formatted(
              scalars.multiplier(),
              scalars.biases() && branch != Branch.LINEAR ? ", biases b1, b2, b3 zero" : "",
              scalars.learningRateMultiplier());
    }

    private static String verdict(Growth growth) {
      if (!growth.alive()) {
        return "no: a product of zeros keeps every gradient of a block at zero";
      }
      return growth.overflow().isPresent()
          ? "no: E|z|^2 leaves float32 at block " + growth.overflow().getAsInt()
          : "yes";
    }
  }

  /** As {@code fathom train} spells it. */
  private enum BlockKind {
    nonlinear,
    linear
  }

  /** Activations whose growth is known in closed form. */
  private enum KnownActivation {
    relu(Branch.RELU),
    identity(Branch.IDENTITY);

    private final Branch branch;

    KnownActivation(Branch branch) {
      this.branch = branch;
    }
  }

  /** The keys of the command line's contract, in its order. */
  private static Map<String, Object> row(
      Initializer initializer, InitializationScheme scheme, NetworkShape shape, Branch branch) {
    Map<String, String> laws = new LinkedHashMap<>();
    for (NetworkMatrix matrix : matrices(branch)) {
      laws.put(jsonKey(matrix), formula(matrix, scheme, shape));
    }
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("name", initializer.name());
    row.put("aliases", initializer.aliases());
    row.put("laws", laws);
    row.put("reference", initializer.reference());
    return row;
  }

  private static List<NetworkMatrix> matrices(Branch branch) {
    return branch == Branch.LINEAR
        ? List.of(NetworkMatrix.LINEAR, NetworkMatrix.EMBEDDING, NetworkMatrix.READOUT)
        : List.of(
            NetworkMatrix.INNER,
            NetworkMatrix.OUTER,
            NetworkMatrix.EMBEDDING,
            NetworkMatrix.READOUT);
  }

  private static String jsonKey(NetworkMatrix matrix) {
    return switch (matrix) {
      case INNER -> "V";
      case OUTER -> "U";
      case LINEAR -> "A";
      case EMBEDDING, READOUT -> matrix.name().toLowerCase(Locale.ROOT);
    };
  }

  private static String formula(
      NetworkMatrix matrix, InitializationScheme scheme, NetworkShape shape) {
    return matrix.law(scheme, shape).formula();
  }
}
