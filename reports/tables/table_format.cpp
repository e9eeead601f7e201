#include "reports/tables/table_format.h"

#include "reports/tables/table_json.h"
#include "reports/tables/table_latex.h"
#include "store/error.h"

namespace attnsweep::reports {

Format format_from(const std::string& name)
{
    if (name == "text") {
        return Format::text;
    }
    if (name == "markdown") {
        return Format::markdown;
    }
    if (name == "csv") {
        return Format::csv;
    }
    if (name == "latex") {
        return Format::latex;
    }
    if (name == "json") {
        return Format::json;
    }
    throw store::Error(store::Error::Kind::bad_query,
                       "format \"" + name + "\": expected text, markdown, csv, latex or json");
}

std::string render(const Table& table, Format format, const std::string& name)
{
    switch (format) {
    case Format::text:
        return to_text(table);
    case Format::markdown:
        return to_markdown(table);
    case Format::csv:
        return to_csv(table);
    case Format::latex:
        return to_latex(table, name);
    case Format::json:
        return to_json(table);
    }
    return {};
}

}  // namespace attnsweep::reports
