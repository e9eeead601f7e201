#include "reports/nearest.h"

#include <algorithm>
#include <numeric>

namespace attnsweep::reports {

namespace {

/// Levenshtein's distance, one row at a time.
std::size_t edits(std::string_view from, std::string_view to)
{
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= from.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

}  // namespace

std::string nearest_name(std::string_view name, const std::vector<std::string>& known)
{
    std::string nearest;
    std::size_t fewest = name.size() / 2 + 1;
    for (const std::string& candidate : known) {
        const std::size_t count = edits(name, candidate);
        if (count < fewest) {
            fewest = count;
            nearest = candidate;
        }
    }
    return nearest;
}

std::string joined(const std::vector<std::string>& names, std::string_view separator)
{
    std::string text;
    for (const std::string& name : names)
        text.append(text.empty() ? "" : separator).append(name);
    return text;
}

}  // namespace attnsweep::reports
