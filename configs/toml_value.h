#pragma once

#include <string>

#include <toml++/toml.h>

#include "configs/keys.h"

namespace attnsweep::configs {

/// Reads a TOML value as the key's type and checks it against the key's limits. Throws Error beginning with `origin`,
/// and naming the value, what was expected, and a remedy where one is plain.
Value value_from_toml(const Key& key, const toml::node& node, const std::string& origin);

/// True when the value is a list of values of this key rather than one value: any list, or, where one value is
/// itself a list, a list that holds a list.
bool is_list_of_values(const Key& key, const toml::node& node);

/// A value as one would type it, cut short when long.
std::string shown(const toml::node& node);

/// "a string", "an integer", ...
std::string type_name(const toml::node& node);

/// Where a node begins: "path:line:column".
std::string origin_of(const std::string& path, const toml::source_region& source);

/// Throws the Error for a key nobody knows.
[[noreturn]] void throw_unknown_key(const std::string& name, const std::string& origin,
                                    const std::function<bool(const Key&)>& candidates = {});

}  // namespace attnsweep::configs
