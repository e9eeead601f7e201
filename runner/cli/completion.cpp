// `attnsweep completion`: completion for bash and zsh. Their scripts call this program with the words typed so far, so that
// options come from the program and labels from the store.
#include "runner/cli/completion.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>

#include "reports/analysis/comparison.h"
#include "runner/cli/command.h"
#include "runner/cli/standard_output.h"
#include "runner/cli/store_option.h"
#include "runner/protocol.h"
#include "store/reading/query.h"
#include "store/reading/results.h"

namespace attnsweep::runner {

namespace {

constexpr const char* bash_script = R"sh(# attnsweep's completion for bash: eval "$(attnsweep completion bash)"
_attnsweep() {
    local IFS=$'\n'
    COMPREPLY=($("${COMP_WORDS[0]}" completion --words "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
    # A list continues after its comma.
    [[ ${COMPREPLY[0]} == *,* ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o bashdefault -o default -F _attnsweep attnsweep
)sh";

constexpr const char* zsh_script = R"sh(#compdef attnsweep
# attnsweep's completion for zsh: eval "$(attnsweep completion zsh)" after compinit, or this file as _attnsweep in $fpath
_attnsweep() {
    local -a candidates
    candidates=("${(@f)$("${words[1]}" completion --words "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -n ${candidates[1]} ]]; then
        compadd -- "${candidates[@]}"
    else
        _files
    fi
}
compdef _attnsweep attnsweep
)sh";

/// Returns the value of the last --store among the words, else the default store.
std::string store_in(const std::vector<std::string>& words)
{
    std::string store = default_store();
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        if (words[i] == "--store" && i + 2 < words.size()) {
            store = words[i + 1];
        } else if (words[i].starts_with("--store=")) {
            store = words[i].substr(8);
        }
    }
    return store;
}

/// Returns the store's names of one kind. Returns nothing for a store that is missing or cannot be read: a prompt shows no errors.
std::vector<std::string> in_store(const std::vector<std::string>& words, const std::string& kind)
{
    try {
        const store::Store store = store::Store::open_to_read(store_in(words));
        if (kind == "columns") {
            return store::known_columns(store);
        }
        store::Query query;
        query.sql =
            kind == "sweeps" ? "SELECT DISTINCT sweep FROM trial_overview"
            : kind == "sides"
                ? "SELECT DISTINCT sweep FROM trial_overview UNION SELECT DISTINCT configuration FROM trial_overview "
                  "WHERE current UNION SELECT label FROM trial_overview WHERE current"
                : "SELECT DISTINCT label FROM trial_overview WHERE current ORDER BY position";
        std::vector<std::string> names;
        store::run_query(store, query,
                         [&](const std::vector<store::Value>& row) { names.push_back(std::get<std::string>(row[0])); });
        return names;
    } catch (const std::exception&) {
        return {};
    }
}

/// "TEXT:{table,csv}" -> table, csv.
std::vector<std::string> choices_of(const CLI::Option& option)
{
    const std::string type = option.get_type_name();
    const std::size_t open = type.find('{'), close = type.rfind('}');
    std::vector<std::string> choices;
    if (open == std::string::npos || close == std::string::npos) {
        return choices;
    }
    for (std::size_t begin = open + 1; begin <= close;) {
        const std::size_t end = std::min(type.find(',', begin), close);
        choices.push_back(type.substr(begin, end - begin));
        begin = end + 1;
    }
    return choices;
}

std::vector<std::string> values_of(const CLI::Option& option, const std::vector<std::string>& words)
{
    static const std::map<std::string, std::string> kinds{{"--columns", "columns"},
                                                          {"--sort", "columns"},
                                                          {"--sweep", "sweeps"},
                                                          {"--trial", "trials"},
                                                          {"--curves", "sides"}};
    std::vector<std::string> choices = choices_of(option);
    if (!choices.empty()) {
        return choices;
    }
    if (option.get_name() == "--metrics") {
        return reports::metric_names();
    }
    const auto kind = kinds.find(option.get_name());
    return kind == kinds.end() ? std::vector<std::string>() : in_store(words, kind->second);
}

std::vector<std::string> names_in(const CLI::App& app, bool options)
{
    std::vector<std::string> names;
    if (options) {
        for (const CLI::Option* option : app.get_options()) {
            for (const std::string& name : option->get_lnames()) {
                names.push_back("--" + name);
            }
        }
    } else {
        for (const CLI::App* command : app.get_subcommands({})) {
            names.push_back(command->get_name());
        }
    }
    return names;
}

bool takes_trials(const std::string& command)
{
    return command == "show" || command == "logs" || command == "trial";
}

}  // namespace

std::vector<std::string> completions(const CLI::App& app, const std::vector<std::string>& words)
{
    std::string word = words.empty() ? "" : words.back();
    const CLI::App* command = &app;
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        for (const CLI::App* below : command->get_subcommands({})) {
            if (below->get_name() == words[i]) {
                command = below;
                break;
            }
        }
    }
    std::string kept, joint;  // of a list, what is before its last comma; of --option=value, what is before the value
    std::vector<std::string> known;
    std::string before = words.size() < 2 ? "" : words[words.size() - 2];
    if (const std::size_t equals = word.find('='); word.starts_with("--") && equals != std::string::npos) {
        before = word.substr(0, equals);
        joint = word.substr(0, equals + 1);
        word.erase(0, equals + 1);
    }
    const CLI::Option* option = before.starts_with("--") ? command->get_option_no_throw(before) : nullptr;
    if (option != nullptr && option->get_items_expected_max() > 0) {
        known = values_of(*option, words);
        const std::size_t comma = word.rfind(',');
        if (comma != std::string::npos) {
            kept = word.substr(0, comma + 1);
        }
        if (before == "--sort" && word.substr(kept.size()).starts_with("-")) {
            kept += "-";
        }
    } else if (word.starts_with("-")) {
        known = names_in(*command, true);
    } else {
        known = names_in(*command, false);
        if (takes_trials(command->get_name())) {
            known = in_store(words, "trials");
        } else if (command->get_name() == "compare") {
            known = in_store(words, "sides");
        } else if (command->get_name() == "completion") {
            known = {"bash", "zsh"};
        }
    }
    const std::string typed = joint + kept;
    std::vector<std::string> fitting;
    for (const std::string& name : known) {
        if (name.starts_with(word.substr(kept.size()))) {
            fitting.push_back(typed + name);
        }
    }
    return fitting;
}

void add_completion(CLI::App& app, Command& chosen)
{
    auto shell = std::make_shared<std::string>();
    CLI::App* command = app.add_subcommand(
        "completion", "Prints the script that completes commands, options and labels in bash or zsh");
    command->add_option("SHELL", *shell, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
    command->footer("In ~/.bashrc:  eval \"$(attnsweep completion bash)\"\n"
                    "In ~/.zshrc, after compinit:  eval \"$(attnsweep completion zsh)\"");
    command->callback([&chosen, shell] {
        chosen = [shell] {
            std::cout << (*shell == "bash" ? bash_script : zsh_script);
            finish_output();
            return exit_done;
        };
    });
}

}  // namespace attnsweep::runner
