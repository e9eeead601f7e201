#include "reports/page/page_claims.h"

#include <fmt/format.h>

#include "reports/tables/anchors.h"
#include "reports/tables/escaping.h"

namespace attnsweep::reports {

namespace {

std::string verdict_html(const Finding& finding)
{
    const std::string kind = finding.verdict == Verdict::holds   ? " holds"
                             : finding.verdict == Verdict::fails ? " fails"
                                                                 : "";
    return "<span class=\"verdict" + kind + "\">" + html_escaped(in_words(finding)) + "</span>";
}

std::string trials_link(const Finding& finding)
{
    return finding.configuration ? " <a href=\"#" + configuration_anchor(*finding.configuration) + "\">trials</a>"
                                 : std::string();
}

std::string rows_of(const Claim& claim, std::size_t number)
{
    std::string out;
    for (const Finding& finding : claim.findings) {
        out += "<tr>";
        if (out == "<tr>") {
            out += fmt::format("<th scope=\"rowgroup\" rowspan=\"{}\">{}. {}</th>", claim.findings.size(), number,
                               html_escaped(claim.words));
        }
        out += "<td>" + verdict_html(finding) + "</td><td>" + html_escaped(finding.words) +
               (finding.decisive.empty() ? "" : "<br>" + html_escaped(finding.decisive)) + trials_link(finding) +
               "</td></tr>\n";
    }
    return "<tbody>\n" + out + "</tbody>\n";
}

/// Every comparison of a claim.
std::string details_of(const Claim& claim)
{
    std::string out = "<li><p><strong>" + html_escaped(claim.words) +
                      "</strong></p>\n<p class=\"soft\">The paper's own table: " + html_escaped(claim.paper) +
                      "</p>\n<ul>\n";
    for (const Finding& finding : claim.findings) {
        out += "<li>" + verdict_html(finding) + ": " + html_escaped(finding.words);
        for (std::size_t i = 0; i < finding.parts.size(); ++i) {
            out += (i == 0 ? "<ul>\n<li>" : "<li>") + html_escaped(finding.parts[i]) + "</li>\n";
        }
        out += finding.parts.empty() ? "</li>\n" : "</ul></li>\n";
    }
    return out + "</ul></li>\n";
}

}  // namespace

std::string claims_section(const PageContent& content)
{
    if (!content.summary.beside_paper) {
        return {};
    }
    std::string rows, details;
    for (std::size_t i = 0; i < content.claims.size(); ++i) {
        rows += rows_of(content.claims[i], i + 1);
        details += details_of(content.claims[i]);
    }
    return "<section aria-labelledby=\"claims\">\n<h2 id=\"claims\">The paper's claims</h2>\n"
           "<table class=\"claims\"><caption>Each claim, tested on the trials of this sweep</caption>\n"
           "<thead><tr><th scope=\"col\">claim</th><th scope=\"col\">verdict</th>"
           "<th scope=\"col\">the comparison that decides</th></tr></thead>\n" +
           rows +
           "</table>\n<details><summary>Every comparison, and how a verdict is reached</summary>\n"
           "<p>A claim holds, or does not hold, if its differences are significant: between repeats with equal seeds "
           "(n) and, if predictions were kept, over other recordings like these, as in <code>attnsweep compare</code>. "
           "The correction covers the comparisons listed together under a verdict; the 95 % intervals are uncorrected, "
           "in points.</p>\n<ol class=\"comparisons\">\n" +
           details + "</ol>\n</details>\n</section>\n";
}

}  // namespace attnsweep::reports
