// `attnsweep new`: writes a commented sweep file, with the values that fit a data set.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "configs/keys.h"
#include "configs/names.h"
#include "configs/shell_word.h"
#include "data/data_set.h"
#include "files/durable_file.h"
#include "runner/cli/command.h"
#include "runner/cli/standard_output.h"
#include "runner/error.h"
#include "runner/planning/fitting_settings.h"

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;

struct NewOptions {
    std::string file, data;
};

constexpr const char* learning_rates = "{ log = [1e-3, 1e-1], count = 3 }";
constexpr std::size_t learning_rate_count = 3;
constexpr std::size_t comment_column = 32;

/// Returns a duration as people write it: "10 min".
std::string written_duration(double seconds)
{
    const bool is_minutes = seconds >= 60 && std::fmod(seconds, 60) == 0;
    return is_minutes ? fmt::format("\"{} min\"", seconds / 60) : fmt::format("\"{} s\"", seconds);
}

std::string toml_text(const configs::Key& key, const configs::Value& value)
{
    if (key.type == configs::ValueType::duration) {
        return written_duration(std::get<double>(value));
    }
    std::string text = configs::text_of(value);
    if (key.type == configs::ValueType::integers) {
        for (std::size_t at = text.find(','); at != std::string::npos; at = text.find(',', at + 2)) {
            text.replace(at, 1, ", ");
        }
    }
    return text;
}

std::string setting_line(const std::string& name, const std::string& value, const std::string& comment)
{
    return fmt::format("{:<{}}  # {}\n", name + " = " + value, comment_column, comment);
}

std::string axis_line(const std::string& key, const std::string& values, const std::string& comment)
{
    return setting_line("\"" + key + "\"", values, comment);
}

/// The text of a sweep file that begins with these settings.
class SweepText {
public:
    SweepText(const FittingSettings& fitting, const NewOptions& options) : fitting_(fitting), options_(options) {}

    /// Says how many trials the sweep has, and of what.
    std::string trials() const
    {
        const std::size_t spectrograms = fitting_.spectrograms.size(), ratios = fitting_.attention_ratios.size();
        const auto repeats = static_cast<std::size_t>(fitting_.settings.sweep.repeats);
        return fmt::format("{} trials: {}{} attention ratios x {} learning rates, {} repeats each",
                           spectrograms * ratios * learning_rate_count * repeats,
                           spectrograms > 1 ? fmt::format("{} spectrograms x ", spectrograms) : "", ratios,
                           learning_rate_count, repeats);
    }

    std::string next_command(const std::string& command) const
    {
        return fmt::format("attnsweep {} {} --data {}", command, configs::shell_path(options_.file),
                           options_.data.empty() ? "shards/" : configs::shell_path(options_.data));
    }

    std::string text(const std::string& of_what) const
    {
        std::string text =
            fmt::format("# {}.\n"
                        "# Written by `attnsweep new` for {}.\n"
                        "#\n"
                        "#   {}\n"
                        "#   {}\n"
                        "#\n"
                        "# Change what you like: a line that is removed gives the key its default, and a trial that is "
                        "done is not run again.\n"
                        "# docs/sweeps.md: everything that can stand here. `attnsweep plan --help-keys`: every key.\n",
                        trials(), of_what, next_command("plan"), next_command("run"));
        std::string_view section;
        for (const configs::Key& key : configs::keys()) {
            if (key.section() != section) {
                text += section == "sweep" ? axes() : "";
                section = key.section();
                text += fmt::format("\n[{}]\n", section);
            }
            if (!is_axis(key.name)) {
                text +=
                    setting_line(std::string(key.leaf()), toml_text(key, key.read(fitting_.settings)), comment(key));
            }
        }
        return text;
    }

private:
    bool is_axis(const std::string& key) const
    {
        return key == "model.attention_ratio" || key == "training.learning_rate" ||
               (key == "data.spectrogram" && fitting_.spectrograms.size() > 1);
    }

    std::string comment(const configs::Key& key) const
    {
        const auto reason = fitting_.reasons.find(key.name);
        return reason == fitting_.reasons.end() ? key.help : reason->second;
    }

    std::string axes() const
    {
        std::string text = "\n# Each combination of these values is a configuration.\n[axes]\n", kinds, ratios;
        for (const configs::Spectrogram kind : fitting_.spectrograms) {
            kinds += fmt::format("{}\"{}\"", kinds.empty() ? "" : ", ", configs::to_string(kind));
        }
        for (const double ratio : fitting_.attention_ratios) {
            ratios += (ratios.empty() ? "" : ", ") + configs::text_of(ratio);
        }
        if (fitting_.spectrograms.size() > 1) {
            text += axis_line("data.spectrogram", "[" + kinds + "]", comment(*configs::find_key("data.spectrogram")));
        }
        text += axis_line("model.attention_ratio", "[" + ratios + "]",
                          comment(*configs::find_key("model.attention_ratio")) + "; 0: a network without");
        text += axis_line("training.learning_rate", learning_rates, "0.001, 0.01 and 0.1");
        return text;
    }

    const FittingSettings& fitting_;
    const NewOptions& options_;
};

/// Throws Error if the path is not that of a file that can be new.
void check_file(const fs::path& file)
{
    const std::string shown = file.string();
    if (file.extension() != ".toml") {
        throw Error(fmt::format("'{}': a sweep file's name ends in .toml; try {}", shown,
                                configs::shell_path(file.has_filename() ? shown + ".toml" : shown + "sweep.toml")),
                    exit_usage);
    }
    std::error_code ignored;
    if (fs::symlink_status(file, ignored).type() != fs::file_type::not_found) {
        throw Error(
            fmt::format("{} is there already and is left as it is; give another name, or remove it first", shown),
            exit_usage);
    }
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    if (!fs::is_directory(folder, ignored)) {
        throw Error(fmt::format("{}: there is no folder {}; make it first: mkdir -p {}", shown, folder.string(),
                                configs::shell_path(folder.string())),
                    exit_usage);
    }
}

std::string of_data_set(const configs::DataSetDescription& data)
{
    return fmt::format("{} ({} clips of {} classes)", configs::shell_path(data.path), data.clips, data.classes.size());
}

int write_new_sweep(const NewOptions& options)
{
    check_file(options.file);
    FittingSettings fitting;
    std::string of_what = "a data set like the paper's";
    if (options.data.empty()) {
        fitting = fitting_settings();
    } else {
        const configs::DataSetDescription data = data::describe(options.data);
        fitting = fitting_settings(data::DataSet::open(options.data, data.spectrograms.at(0).spectrogram));
        of_what = of_data_set(data);
    }
    fitting.settings.sweep.name = fs::path(options.file).stem().string();
    const SweepText sweep(fitting, options);
    files::write_durably(options.file, sweep.text(of_what));
    std::cout << options.file << ", for " << of_what << ": " << sweep.trials() << "\n"
              << sweep.next_command("plan") << "\n";
    finish_output();
    return exit_done;
}

}  // namespace

void add_new(CLI::App& app, Command& chosen)
{
    auto options = std::make_shared<NewOptions>();
    CLI::App* command = app.add_subcommand("new", "Writes a commented sweep file with values that fit a data set");
    command->add_option("FILE", options->file, "The file to write: a new path that ends in .toml")->required();
    command->add_option("--data", options->data,
                        "The data set (a folder of shards) that it is for; without it, values for the paper's");
    command->footer(
        "Suggested are attention ratio and learning rate as axes, three repeats, and a network, a split and batches "
        "that fit the\ndata set. A file that is there is never written over.\n\n"
        "Example:\n"
        "  attnsweep new first.toml --data shards/\n"
        "  attnsweep plan first.toml --data shards/");
    command->callback([&chosen, options] { chosen = [options] { return write_new_sweep(*options); }; });
}

}  // namespace attnsweep::runner
