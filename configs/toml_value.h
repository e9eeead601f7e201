#pragma once

#include <string>
#include <utility>
#include <vector>

#include <toml++/toml.h>

#include "configs/keys.h"

namespace attnsweep::configs {

/// Reads a TOML value as the key's type and checks it against the key's limits. Throws Error that begins with `origin`
/// and names the value, what was expected, and the remedy if it is obvious. `is_bare`: a string that was written without
/// quotes.
Value value_from_toml(const Key& key, const toml::node& node, const std::string& origin, bool is_bare = false);

/// Returns whether the node is a list of values of this key rather than a single one: any list or, if a single value is
/// itself a list, a list that contains a list.
bool is_list_of_values(const Key& key, const toml::node& node);

/// Returns a table's entries in the order of the file; the library's tables are sorted by key.
std::vector<std::pair<const toml::key*, const toml::node*>> in_file_order(const toml::table& table);

/// Returns the value as TOML text, truncated if long.
std::string shown(const toml::node& node);

/// Returns the node's type in words: "a string", "an integer", ...
std::string type_name(const toml::node& node);

/// Returns where a node begins: "path:line:column".
std::string origin_of(const std::string& path, const toml::source_region& source);

/// Throws the Error for an unknown key, naming the nearest one that `candidates` accepts.
[[noreturn]] void throw_unknown_key(const std::string& name, const std::string& origin,
                                    const std::function<bool(const Key&)>& candidates = {});

}  // namespace attnsweep::configs
