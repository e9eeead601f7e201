#include "configs/sweep_file.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <sstream>

#include "configs/error.h"
#include "configs/nearest_name.h"
#include "configs/number_text.h"
#include "configs/toml_reason.h"
#include "configs/toml_value.h"
#include "configs/value_shorthand.h"
#include "files/durable_file.h"
#include "files/error.h"

namespace attnsweep::configs {

namespace {

bool of_trial(const Key& key)
{
    return key.of_trial();
}

/// The content of one file, before it is merged with the file it extends.
class FileReader {
public:
    explicit FileReader(std::filesystem::path path) : path_(std::move(path)), name_(path_.string()) {}

    SweepFile read(const std::vector<std::filesystem::path>& opened_before);

private:
    using Visit = std::function<void(const std::string& name, const toml::key& key, const toml::node& node)>;

    std::string at(const toml::source_region& source) const { return origin_of(name_, source); }
    void refuse_wrong_number(const std::string& text, const toml::source_region& source) const;
    toml::table parse() const;
    SweepFile base_of(const toml::table& root, const std::vector<std::filesystem::path>& opened_before) const;
    void read_section(const toml::key& section, const toml::node& node);
    void read_axes(const toml::node& node);
    void read_zips(const toml::node& node);
    void read_exclusions(const toml::node& node);
    Column column(const std::string& name, const toml::key& key, const toml::node& node) const;
    std::vector<Value> values_of(const Key& key, const toml::table& shorthand) const
    {
        return values_of_shorthand(key, shorthand, [this](const toml::source_region& source) { return at(source); });
    }
    void claim(const std::string& key, const std::string& origin);
    const toml::table& table_of(const toml::node& node, const std::string& what) const;
    const toml::array& tables_of(const toml::node& node, const std::string& what) const;
    static void visit_leaves(const toml::table& table, const std::string& prefix, const Visit& visit);

    std::filesystem::path path_;
    std::string name_;
    SweepFile own_;
    std::map<std::string, std::string> claimed_;  ///< key -> where this file first uses it
    std::vector<std::pair<toml::source_position, Dimension>> dimensions_;
};

/// Throws Error if the line in which the TOML library found a mistake has a number that TOML takes for none.
void FileReader::refuse_wrong_number(const std::string& text, const toml::source_region& source) const
{
    std::istringstream lines(text);
    std::string line;
    for (toml::source_index number = 0; number < source.begin.line; ++number) {
        std::getline(lines, line);
    }
    if (const std::optional<WrongNumber> wrong = first_wrong_number(line)) {
        toml::source_region place = source;
        place.begin.column = static_cast<toml::source_index>(wrong->column);
        throw Error(
            at(place) + ": the number " + wrong->written +
            " is not written as TOML wants it: a digit on both sides of the point, and no zero before the first " +
            "digit; expected " + *toml_number(wrong->written));
    }
}

toml::table FileReader::parse() const
{
    std::string text;
    try {
        text = files::read_file(path_);
    } catch (const files::Error& error) {
        throw Error(name_ + ": this sweep file cannot be read (" + error.what() +
                    "); give the path of a .toml file, for example configs/paper.toml");
    }
    require_text_of_toml(text, name_);
    try {
        return toml::parse(text, name_);
    } catch (const toml::parse_error& error) {
        refuse_wrong_number(text, error.source());
        throw Error(at(error.source()) + ": " +
                    toml_reason(text, name_, error.description(), error.source().begin.line));
    }
}

/// Whether a table is a key's value, or meant as one, rather than a part of keys' names.
bool is_leaf(const std::string& name, const toml::table& table)
{
    return table.is_inline() && (find_key(name) != nullptr || is_value_shorthand(table));
}

/// Returns the leaves in the order of the file. `a.b = 1` and `"a.b" = 1` are equal.
void FileReader::visit_leaves(const toml::table& table, const std::string& prefix, const Visit& visit)
{
    for (const auto& [key, node] : in_file_order(table)) {
        const std::string name = prefix + std::string(key->str());
        const toml::table* inner = node->as_table();
        if (inner != nullptr && !is_leaf(name, *inner)) {
            visit_leaves(*inner, name + ".", visit);
        } else {
            visit(name, *key, *node);
        }
    }
}

const toml::table& FileReader::table_of(const toml::node& node, const std::string& what) const
{
    if (!node.is_table()) {
        throw Error(at(node.source()) + ": " + what + " = " + shown(node) + " is " + type_name(node) +
                    "; expected a table: a line [" + what + "] with keys below it");
    }
    return *node.as_table();
}

const toml::array& FileReader::tables_of(const toml::node& node, const std::string& what) const
{
    if (!node.is_array() || !node.as_array()->is_homogeneous(toml::node_type::table)) {
        throw Error(at(node.source()) + ": " + what + " is " + type_name(node) + "; expected tables: a line [[" + what +
                    "]] with keys below it, once for each");
    }
    return *node.as_array();
}

void FileReader::claim(const std::string& key, const std::string& origin)
{
    const auto [earlier, fresh] = claimed_.emplace(key, origin);
    if (!fresh) {
        throw Error(origin + ": " + key + " already has its values at " + earlier->second +
                    "; a key is either set in its section, or an axis, or in one [[zip]]: remove one of the two");
    }
}

void FileReader::read_section(const toml::key& section, const toml::node& node)
{
    const std::string section_name(section.str());
    visit_leaves(table_of(node, section_name), section_name + ".",
                 [&](const std::string& name, const toml::key& key, const toml::node& leaf) {
                     const Key* known = find_key(name);
                     if (known == nullptr) {
                         throw_unknown_key(name, at(key.source()));
                     }
                     claim(name, at(key.source()));
                     const std::string origin = at(leaf.source());
                     own_.settings[name] = {value_from_toml(*known, leaf, origin), origin};
                 });
}

Column FileReader::column(const std::string& name, const toml::key& key, const toml::node& node) const
{
    const Key* known = find_key(name);
    if (known == nullptr) {
        throw_unknown_key(name, at(key.source()), of_trial);
    }
    if (!known->of_trial()) {
        throw Error(at(key.source()) + ": " + name +
                    " cannot take several values; expected a key of [data], [model], " +
                    "[training] or [seed], the sections that change what a trial computes");
    }
    Column made{name, {}, at(key.source())};
    if (const toml::table* shorthand = node.as_table()) {
        made.values = values_of(*known, *shorthand);
        return made;
    }
    if (!is_list_of_values(*known, node)) {
        const std::string example =
            known->type == ValueType::integers ? "a list of lists, such as [[4], [4, 5]]" : "a list in brackets";
        throw Error(at(node.source()) + ": " + name + " = " + shown(node) + " is " + type_name(node) + "; expected " +
                    example + ", each element " + expectation(*known));
    }
    for (const toml::node& element : *node.as_array()) {
        made.values.push_back(value_from_toml(*known, element, at(element.source())));
    }
    if (made.values.empty()) {
        throw Error(at(node.source()) + ": " + name + " = [] has no values; expected at least one: fill the list, or " +
                    "remove the line");
    }
    return made;
}

void FileReader::read_axes(const toml::node& node)
{
    visit_leaves(table_of(node, "axes"), "",
                 [&](const std::string& name, const toml::key& key, const toml::node& leaf) {
                     Column made = column(name, key, leaf);
                     claim(name, made.origin);
                     const std::string origin = made.origin;
                     dimensions_.push_back({key.source().begin, {{std::move(made)}, origin}});
                 });
}

void FileReader::read_zips(const toml::node& node)
{
    for (const toml::node& element : tables_of(node, "zip")) {
        Dimension zip{{}, at(element.source())};
        visit_leaves(*element.as_table(), "",
                     [&](const std::string& name, const toml::key& key, const toml::node& leaf) {
                         Column made = column(name, key, leaf);
                         claim(name, made.origin);
                         if (!zip.columns.empty() && made.values.size() != zip.length()) {
                             const Column& first = zip.columns.front();
                             throw Error(at(leaf.source()) + ": " + name + " has " +
                                         std::to_string(made.values.size()) + " values, but " + first.key + " at " +
                                         first.origin + " has " + std::to_string(first.values.size()) +
                                         "; the lists of one [[zip]] advance together: make them equally long");
                         }
                         zip.columns.push_back(std::move(made));
                     });
        if (zip.columns.empty()) {
            throw Error(zip.origin + ": this [[zip]] is empty; expected keys with equally long lists, or remove it");
        }
        dimensions_.push_back({element.source().begin, std::move(zip)});
    }
}

void FileReader::read_exclusions(const toml::node& node)
{
    for (const toml::node& element : tables_of(node, "exclude")) {
        Exclusion exclusion{{}, at(element.source())};
        visit_leaves(*element.as_table(), "",
                     [&](const std::string& name, const toml::key& key, const toml::node& leaf) {
                         const Key* known = find_key(name);
                         if (known == nullptr || !known->of_trial()) {
                             throw_unknown_key(name, at(key.source()), of_trial);
                         }
                         Exclusion::Condition condition{name, {}};
                         if (const toml::table* shorthand = leaf.as_table()) {
                             condition.any_of = values_of(*known, *shorthand);
                         } else if (is_list_of_values(*known, leaf)) {
                             for (const toml::node& value : *leaf.as_array()) {
                                 condition.any_of.push_back(value_from_toml(*known, value, at(value.source())));
                             }
                         } else {
                             condition.any_of.push_back(value_from_toml(*known, leaf, at(leaf.source())));
                         }
                         exclusion.conditions.push_back(std::move(condition));
                     });
        if (exclusion.conditions.empty()) {
            throw Error(exclusion.origin + ": this [[exclude]] has no conditions and would leave nothing; expected " +
                        "key = value lines below it, such as \"model.attention_ratio\" = 0");
        }
        own_.exclusions.push_back(std::move(exclusion));
    }
}

SweepFile FileReader::base_of(const toml::table& root, const std::vector<std::filesystem::path>& opened_before) const
{
    const toml::node* extends = root.get("extends");
    if (extends == nullptr) {
        return {};
    }
    const std::string origin = at(extends->source());
    if (!extends->is_string()) {
        throw Error(origin + ": extends = " + shown(*extends) + " is " + type_name(*extends) +
                    "; expected the path of a sweep file in quotes, relative to this one");
    }
    const std::string& relative = extends->as_string()->get();
    const std::filesystem::path base = (path_.parent_path() / relative).lexically_normal();
    if (!std::filesystem::is_regular_file(base)) {
        throw Error(origin + ": extends = " + text_of(relative) + ": " +
                    (std::filesystem::exists(base) ? base.string() + " is no regular file"
                                                   : "there is no file " + base.string()) +
                    "; expected a sweep file's path relative to " + name_);
    }
    std::vector<std::filesystem::path> opened = opened_before;
    opened.push_back(path_);
    for (std::size_t i = 0; i < opened.size(); ++i) {
        if (std::filesystem::equivalent(opened[i], base)) {
            std::string message = origin + ": extends = " + text_of(relative) + " is circular: ";
            for (std::size_t j = i; j < opened.size(); ++j) {
                message += opened[j].string() + " -> ";
            }
            throw Error(message + base.string() + "; remove one of these lines");
        }
    }
    return FileReader(base).read(opened);
}

SweepFile FileReader::read(const std::vector<std::filesystem::path>& opened_before)
{
    const toml::table root = parse();
    SweepFile merged = base_of(root, opened_before);

    std::vector<std::string> sections;
    for (const Key& key : keys()) {
        if (sections.empty() || sections.back() != key.section()) {
            sections.emplace_back(key.section());
        }
    }
    for (const auto& [key, node] : in_file_order(root)) {
        const std::string name(key->str());
        if (std::count(sections.begin(), sections.end(), name) > 0) {
            read_section(*key, *node);
        } else if (name == "axes") {
            read_axes(*node);
        } else if (name == "zip") {
            read_zips(*node);
        } else if (name == "exclude") {
            read_exclusions(*node);
        } else if (name != "extends") {
            std::vector<std::string> places = sections;
            places.insert(places.end(), {"axes", "zip", "exclude", "extends"});
            const Key* misplaced = nullptr;
            for (const Key& candidate : keys()) {
                misplaced = candidate.leaf() == name ? &candidate : misplaced;
            }
            throw Error(at(key->source()) + ": \"" + name + "\" is not a section of a sweep file; " +
                        (misplaced != nullptr ? "the nearest known key is " + misplaced->name + ": write it under [" +
                                                    std::string(misplaced->section()) + "]"
                                              : "did you mean \"" + nearest_word(name, places) + "\"?"));
        }
    }

    std::sort(dimensions_.begin(), dimensions_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [name, setting] : own_.settings) {
        merged.forget(name);
        merged.settings[name] = setting;
    }
    for (auto& [position, dimension] : dimensions_) {
        // An axis that replaces an axis keeps its position, so that the order of the trials is unchanged.
        const auto replaced =
            std::find_if(merged.dimensions.begin(), merged.dimensions.end(), [&own = dimension](const Dimension& old) {
                return old.columns.size() == 1 && own.columns.size() == 1 &&
                       old.columns.front().key == own.columns.front().key;
            });
        if (replaced != merged.dimensions.end()) {
            *replaced = std::move(dimension);
            continue;
        }
        for (const Column& made : dimension.columns) {
            merged.forget(made.key);
        }
        merged.dimensions.push_back(std::move(dimension));
    }
    merged.exclusions.insert(merged.exclusions.end(), own_.exclusions.begin(), own_.exclusions.end());
    return merged;
}

}  // namespace

void SweepFile::forget(const std::string& key)
{
    settings.erase(key);
    for (Dimension& dimension : dimensions) {
        std::erase_if(dimension.columns, [&](const Column& column) { return column.key == key; });
    }
    std::erase_if(dimensions, [](const Dimension& dimension) { return dimension.columns.empty(); });
}

SweepFile read_sweep_file(const std::filesystem::path& path)
{
    return FileReader(path).read({});
}

}  // namespace attnsweep::configs
