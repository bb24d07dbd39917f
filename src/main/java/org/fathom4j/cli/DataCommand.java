package org.fathom4j.cli;

import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.fathom4j.data.DataException;
import org.fathom4j.data.DataFetch;
import org.fathom4j.data.DatasetCheck;
import org.fathom4j.data.Datasets;
import org.fathom4j.data.FetchProgress;
import org.fathom4j.data.FetchedFile;
import org.fathom4j.data.FileCheck;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fathom data fetch|verify|info}: the data sets on this machine. */
@Command(
    name = "data",
    description = "Downloads, checks and describes data sets.",
    synopsisSubcommandLabel = "fetch|verify|info",
    footer = {"", "Example: fathom data fetch fashion-mnist"},
    subcommands = {DataCommand.Fetch.class, DataCommand.Verify.class, DataCommand.Info.class})
final class DataCommand {

  private static final String FULL = "fashion-mnist";

  private DataCommand() {}

  /** Downloads. */
  @Command(
      name = "fetch",
      description = {
        "Downloads a full data set.",
        "A file takes its place only when the SHA-256 of its decompressed content is right; files"
            + " that are there and right are kept."
      },
      footer = {"", "Example: fathom data fetch fashion-mnist --data-dir /data/fashion-mnist"})
  static final class Fetch implements Callable<Integer> {

    @Parameters(
        arity = "0..1",
        paramLabel = "NAME",
        defaultValue = FULL,
        description = "Data set to download (default: ${DEFAULT-VALUE}).")
    private String name;

    @Option(
        names = "--data-dir",
        paramLabel = "DIR",
        description = "Where to put the files (default: datasets/NAME).")
    private Path directory;

    @Option(
        names = "--mirror",
        paramLabel = "URL",
        description =
            "HTTPS directory with the four .gz files, instead of the known mirrors; give it"
                + " repeatedly to have several tried in turn (default: the known mirrors).")
    private List<URI> mirrors = new ArrayList<>();

    @Option(names = "--quiet", description = "No progress on stderr (default: ${DEFAULT-VALUE}).")
    private boolean quiet;

    @Option(
        names = "--json",
        description = "Result as one JSON object on stdout (default: ${DEFAULT-VALUE}).")
    private boolean json;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws DataException {
      DataFetch fetch = DataFetch.of(name, mirrors);
      Path target = directory == null ? Datasets.directory(name, Datasets.home()) : directory;
      PrintWriter err = spec.commandLine().getErr();
      FetchProgress progress = quiet ? FetchProgress.NONE : FetchBar.on(err);
      List<FetchedFile> files = fetch.into(target, progress);
      PrintWriter out = spec.commandLine().getOut();
      out.println(json ? Json.of(tree(target, files)) : text(target, files));
      out.flush();
      return ExitCode.DONE;
    }

    private Map<String, Object> tree(Path target, List<FetchedFile> files) {
      List<Map<String, Object>> rows = new ArrayList<>();
      for (FetchedFile file : files) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("file", file.file().getFileName().toString());
        row.put("bytes", file.bytes());
        row.put("mirror", file.mirror().map(URI::toString).orElse(null));
        rows.add(row);
      }
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("dataset", name);
      result.put("directory", target.toString());
      result.put("files", rows);
      return result;
    }

    private String text(Path target, List<FetchedFile> files) {
      StringBuilder text = new StringBuilder(name + " is complete in " + target);
      for (FetchedFile file : files) {
        text.append(
            String.format(
                "%n  %-28s %,12d bytes  %s",
                file.file().getFileName(),
                file.bytes(),
                file.mirror().map(m -> "from " + m).orElse("was there")));
      }
      return text.toString();
    }
  }

  /** Checks hashes. */
  @Command(
      name = "verify",
      description = {
        "Holds every file of a data set against the SHA-256 of its decompressed content.",
        "Exit code 4 when a file is missing, damaged or different."
      },
      footer = {"", "Example: fathom data verify fashion-mnist"})
  static final class Verify implements Callable<Integer> {

    @Parameters(
        arity = "0..1",
        paramLabel = "NAME",
        description =
            "Data set to check (default: every one that is found, or fashion-mnist with"
                + " --data-dir).")
    private String name;

    @Option(
        names = "--data-dir",
        paramLabel = "DIR",
        description = "Where the files lie (default: where 'fathom train' would find them).")
    private Path directory;

    @Option(
        names = "--json",
        description = "Result as one JSON object on stdout (default: ${DEFAULT-VALUE}).")
    private boolean json;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws DataException {
      List<DatasetCheck> checks = new ArrayList<>();
      for (String dataset : datasets()) {
        checks.add(Datasets.check(dataset, Optional.ofNullable(directory), Datasets.home()));
      }
      boolean holds = checks.stream().allMatch(DatasetCheck::holds);
      PrintWriter out = spec.commandLine().getOut();
      out.println(json ? Json.of(tree(holds, checks)) : text(checks));
      out.flush();
      return holds ? ExitCode.DONE : ExitCode.CHECK_FAILED;
    }

    private List<String> datasets() {
      if (name != null) {
        return List.of(name);
      }
      if (directory != null) {
        return List.of(FULL);
      }
      List<String> present = Datasets.present(Datasets.home());
      return present.isEmpty() ? List.of(Datasets.DEFAULT) : present;
    }

    private static Map<String, Object> tree(boolean holds, List<DatasetCheck> checks) {
      List<Map<String, Object>> rows = new ArrayList<>();
      for (DatasetCheck check : checks) {
        for (FileCheck file : check.files()) {
          Map<String, Object> row = new LinkedHashMap<>();
          row.put("dataset", check.dataset());
          row.put("directory", check.directory().toString());
          row.put("file", file.file());
          row.put("status", word(file));
          row.put("expected", file.expected());
          row.put("found", file.found().isEmpty() ? null : file.found());
          row.put("detail", file.detail().isEmpty() ? null : file.detail());
          rows.add(row);
        }
      }
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("holds", holds);
      result.put("files", rows);
      return result;
    }

    private static String text(List<DatasetCheck> checks) {
      List<String> lines = new ArrayList<>();
      for (DatasetCheck check : checks) {
        lines.add(
            String.format(
                "%s in %s: %s",
                check.dataset(), check.directory(), check.holds() ? "holds" : "does not hold"));
        for (FileCheck file : check.files()) {
          lines.add(String.format("  %-28s %-9s %s", file.file(), word(file), file.found()));
          if (!file.detail().isEmpty()) {
            lines.add("    " + file.detail());
          }
        }
      }
      return String.join(System.lineSeparator(), lines);
    }

    private static String word(FileCheck file) {
      return switch (file.status()) {
        case OK -> "ok";
        case MISSING -> "missing";
        case DAMAGED -> "damaged";
        case DIFFERENT -> "different";
      };
    }
  }

  /** Describes. */
  @Command(
      name = "info",
      description = "Lists the data sets, their sizes, and where each was found.",
      footer = {"", "Example: fathom data info fashion-mnist"})
  static final class Info implements Callable<Integer> {

    @Parameters(
        arity = "0..1",
        paramLabel = "NAME",
        description = "Data set to describe (default: all).")
    private String name;

    @Option(
        names = "--json",
        description = "Result as one JSON object on stdout (default: ${DEFAULT-VALUE}).")
    private boolean json;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      List<Datasets.Description> described =
          name == null ? Datasets.catalogue() : List.of(Datasets.describe(name));
      PrintWriter out = spec.commandLine().getOut();
      out.println(
          json
              ? Json.of(Map.of("datasets", described.stream().map(Info::tree).toList()))
              : String.join(System.lineSeparator(), described.stream().map(Info::text).toList()));
      out.flush();
      return ExitCode.DONE;
    }

    private static Map<String, Object> tree(Datasets.Description d) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("name", d.name());
      row.put("summary", d.summary());
      row.put("trainImages", d.trainImages());
      row.put("testImages", d.testImages());
      row.put("rows", d.rows());
      row.put("columns", d.columns());
      row.put("classNames", d.classNames());
      row.put("fetchable", d.fetchable());
      row.put(
          "directory", Datasets.find(d.name(), Datasets.home()).map(Path::toString).orElse(null));
      return row;
    }

    private static String text(Datasets.Description d) {
      return String.format(
          "%s: %s%n  %,d training and %,d test images of %d × %d pixels%n  %d classes: %s%n  %s",
          d.name(),
          d.summary(),
          d.trainImages(),
          d.testImages(),
          d.rows(),
          d.columns(),
          d.classNames().size(),
          String.join(", ", d.classNames()),
          place(d));
    }

    private static String place(Datasets.Description d) {
      Optional<Path> found = Datasets.find(d.name(), Datasets.home());
      if (found.isPresent()) {
        return "found in " + found.get();
      }
      return d.fetchable()
          ? "not on this machine: run ./fathom data fetch " + d.name()
          : d.hasFiles() ? "not found in " + Datasets.home().resolve("datasets") : "always there";
    }
  }
}
