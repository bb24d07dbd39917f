package org.fathom4j.ui;

import freemarker.template.Configuration;
import freemarker.template.Template;
import freemarker.template.TemplateException;
import java.io.IOException;
import java.io.StringWriter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.ui.i18n.DefaultI18N;
import org.deeplearning4j.ui.module.train.TrainModule;

/**
 * The HTML of Deeplearning4j's training pages, with an entry for the Depth page in their
 * navigation, and a mended model page.
 *
 * <p>Their templates list the entries; where the list is not found as it is in 1.0.0-M2.1, the page
 * is served without ours.
 */
final class TrainPages {

  /** The pages. */
  enum Page {
    OVERVIEW("TrainingOverview", ""),
    MODEL("TrainingModel", "<script src=\"/assets/fathom/histograms.js\"></script>"),
    SYSTEM("TrainingSystem", "");

    private final String template;
    private final String scripts;

    Page(String template, String scripts) {
      this.template = template;
      this.scripts = scripts;
    }

    /** Last part of the page's path. */
    String path() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The entry for languages, after the three pages. */
  private static final String NEXT_ENTRY = "<li class=\"nav-item nav-dropdown\">";

  private static final String HEAD = "<head>";
  private static final String END = "</body>";

  private final Configuration templates = new Configuration(Configuration.VERSION_2_3_23);

  TrainPages() {
    templates.setClassLoaderForTemplateLoading(TrainModule.class.getClassLoader(), "templates");
    templates.setDefaultEncoding("UTF-8");
    templates.setLocale(Locale.US);
    templates.setLogTemplateExceptions(false);
  }

  /**
   * A page in the language that was chosen.
   *
   * @param path under which its script looks for the run it shows, whatever path was asked for
   * @param depthPage where the new entry leads; both without characters that HTML reads otherwise
   */
  String html(Page page, String path, String depthPage) throws IOException {
    var texts = DefaultI18N.getInstance();
    Map<String, String> messages = new HashMap<>(texts.getMessages(texts.getDefaultLanguage()));
    Template template = templates.getTemplate(page.template + ".html.ftl");
    StringWriter html = new StringWriter();
    try {
      template.process(messages, html);
    } catch (TemplateException e) {
      throw new IOException("Cannot fill in the page " + page.path() + ": " + e.getMessage(), e);
    }
    String entry =
        "<li class=\"nav-item\"><a class=\"nav-link\" id=\"depth-link\" href=\""
            + depthPage
            + "\"><i class=\"nav-icon cui-layers\"></i>Depth</a></li>";
    String known = "<script>history.replaceState(null, '', '" + path + "')</script>";
    return html.toString()
        .replaceFirst(HEAD, HEAD + known)
        .replaceFirst(NEXT_ENTRY, entry + NEXT_ENTRY)
        .replaceFirst(END, page.scripts + END);
  }
}
