// `attnsweep inspect`: what a data set holds, whether its files are whole, how its clips look.
#include <algorithm>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "configs/printable.h"
#include "configs/shell_word.h"
#include "data/data_set.h"
#include "data/inspection.h"
#include "files/durable_file.h"
#include "files/folders.h"
#include "reports/figures/spectrogram_figure.h"
#include "reports/others_files.h"
#include "reports/tables/table.h"
#include "runner/cli/command.h"
#include "runner/protocol.h"
#include "runner/value_checks.h"

namespace attnsweep::runner {

namespace {

struct InspectArguments {
    std::string data, out;
    int plots = 0;
    bool verify = false;
};

int verify_data_set(const InspectArguments& arguments)
{
    const data::Verification verification = data::verify(arguments.data);
    const std::vector<std::string>& faults = verification.faults;
    constexpr std::size_t most = 100;
    for (std::size_t i = 0; i < std::min(most, faults.size()); ++i) {
        fmt::print("{}\n", configs::printable(faults[i]));
    }
    if (faults.size() > most) {
        fmt::print("and {} more\n", faults.size() - most);
    }
    if (!faults.empty()) {
        fmt::print(
            "{}: {} fault(s); where a shard is damaged or missing, rerun the `attnsweep ingest` that made it with "
            "--overwrite\n",
            configs::printable(arguments.data), faults.size());
        return exit_bad_input;
    }
    const configs::DataSetDescription set = data::describe(arguments.data);
    std::size_t shards = 0;
    for (const configs::SpectrogramSet& kind : set.spectrograms) {
        shards += kind.shards.size();
    }
    fmt::print("{}: whole: {} clips of {} classes in {} shards, every checksum is right{}\n", arguments.data, set.clips,
               set.classes.size(), shards,
               verification.unverified.empty() ? ", and the digest is that of its recordings" : "");
    for (const std::string& reason : verification.unverified) {
        fmt::print("not verified: the digest: {}\n", configs::printable(reason));
    }
    return exit_done;
}

void print_clips(const char* what, const std::vector<data::NamedClip>& clips)
{
    constexpr std::size_t most = 5;
    fmt::print("{}: {}", what, clips.size());
    for (std::size_t i = 0; i < std::min(most, clips.size()); ++i) {
        fmt::print("{}{}", i == 0 ? ": " : ", ", configs::printable(clips[i].name));
    }
    fmt::print("{}\n", clips.size() > most ? ", ..." : "");
}

reports::Table class_table(const data::Inspection& found)
{
    const bool has_parts = found.description.has_manifest_split;
    reports::Table table;
    table.columns = {{"class", false}, {"clips"}, {"recordings"}};
    if (has_parts) {
        table.columns.insert(table.columns.end(), {{"train"}, {"validation"}, {"test"}});
    }
    if (found.has_levels) {
        table.columns.push_back({"level, dB"});
    }
    for (const data::ClassContent& content : found.classes) {
        std::vector<reports::Cell> row{reports::text_cell(content.name),
                                       reports::number_cell(fmt::to_string(content.clips)),
                                       reports::number_cell(fmt::to_string(content.recordings))};
        for (const std::int64_t clips : content.parts) {
            if (has_parts) {
                row.push_back(reports::number_cell(fmt::to_string(clips)));
            }
        }
        if (found.has_levels) {
            row.push_back(content.loudness_db ? reports::number_cell(fmt::format("{:.1f}", *content.loudness_db))
                                              : reports::text_cell("silent"));
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

void print_inspection(const data::Inspection& found, const std::string& path)
{
    const configs::DataSetDescription& set = found.description;
    fmt::print("{}", reports::to_text(class_table(found)));
    const auto& lengths = found.recording_clips;
    const configs::Geometry& geometry = set.geometry;
    const std::string clips_each = lengths.front() == lengths.back()
                                       ? fmt::format("{} of each", lengths.front())
                                       : fmt::format("{} to {} of each, {} or more of half of them", lengths.front(),
                                                     lengths.back(), lengths[lengths.size() / 2]);
    fmt::print("{} clips of {:g} s from {} recordings (or parts), {}{}\n", set.clips, geometry.clip_s, lengths.size(),
               clips_each, set.pads_short ? "; shorter ones padded with silence" : "");
    fmt::print("geometry: {} Hz, hop {}, n_fft {}, {} x {} CQT bins from {:.2f} Hz;", geometry.sample_rate_hz,
               geometry.hop_samples, geometry.n_fft, geometry.octaves, geometry.bins_per_octave, geometry.fmin_hz);
    for (const configs::SpectrogramSet& kind : set.spectrograms) {
        fmt::print(" {} {} x {}", configs::to_string(kind.spectrogram), geometry.frames(),
                   geometry.bins(kind.spectrogram));
    }
    fmt::print("\n");
    if (found.has_levels) {
        print_clips("near silence (RMS below -60 dB)", found.near_silent);
        print_clips("at full scale (clipped?)", found.at_full_scale);
    } else {
        fmt::print("levels: not recorded; ingested by attnsweep 0.1.0\n");
    }
    constexpr std::size_t most = 5;
    fmt::print("equal clips: {}\n", found.duplicates.size());
    for (std::size_t i = 0; i < std::min(most, found.duplicates.size()); ++i) {
        fmt::print("  {}\n", configs::printable(found.duplicates[i]));
    }
    fmt::print("Every file against its checksum: attnsweep inspect {} --verify\n", configs::shell_path(path));
}

/// The first clips of `count` recordings of a class, spread over it.
std::vector<std::int64_t> shown_clips(const data::DataSet& set, int label, int count)
{
    std::vector<std::int64_t> firsts;
    for (std::int64_t clip = 0; clip < set.clips(); ++clip) {
        if (set.label(clip) == label && data::begins_recording(set, clip)) {
            firsts.push_back(clip);
        }
    }
    std::vector<std::int64_t> shown;
    const auto wanted = std::min(firsts.size(), static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < wanted; ++i) {
        shown.push_back(firsts[i * firsts.size() / wanted]);
    }
    return shown;
}

/// Says which picture shows which class, and that the pictures beside it are attnsweep's.
constexpr const char* list_name = "spectrograms.txt";
constexpr const char* list_mark = "drawn by attnsweep inspect";

std::string picture_name(configs::Spectrogram kind, int label)
{
    return fmt::format("{}-{:03}", configs::to_string(kind), label + 1);
}

reports::SpectrogramRow row_of(const data::DataSet& set, int label, const InspectArguments& arguments)
{
    reports::SpectrogramRow row;
    row.title = configs::printable(set.description().classes[static_cast<std::size_t>(label)]);
    row.path_without_extension = std::filesystem::path(arguments.out) / picture_name(set.spectrogram(), label);
    for (const std::int64_t clip : shown_clips(set, label, arguments.plots)) {
        const auto magnitudes = set.magnitudes(clip);
        row.spectrograms.push_back(
            {configs::shortened(fmt::format("{} at {:g} s", set.source(clip), set.start_s(clip)), 40),
             {magnitudes.begin(), magnitudes.end()}});
    }
    return row;
}

void plot(const InspectArguments& arguments)
{
    constexpr int classes_at_once = 8;  // a hundred classes of twelve pictures would take gigabytes
    const configs::DataSetDescription description = data::describe(arguments.data);
    const int classes = static_cast<int>(description.classes.size());
    std::vector<std::string> names{list_name};
    for (const configs::SpectrogramSet& kind : description.spectrograms) {
        for (int label = 0; label < classes; ++label) {
            names.push_back(picture_name(kind.spectrogram, label) + ".png");
        }
    }
    reports::refuse_what_is_no_folder(arguments.out, "--out");
    reports::refuse_files_of_others(arguments.out, names, list_mark, "--out");
    files::create_folders(arguments.out);
    std::string list = fmt::format("{}: {}\n", configs::printable(arguments.data), list_mark);
    files::write_atomically(std::filesystem::path(arguments.out) / list_name, list);
    for (const configs::SpectrogramSet& kind : description.spectrograms) {
        const data::DataSet set = data::DataSet::open(arguments.data, kind.spectrogram);
        for (int first = 0; first < classes; first += classes_at_once) {
            std::vector<reports::SpectrogramRow> rows;
            for (int label = first; label < std::min(classes, first + classes_at_once); ++label) {
                rows.push_back(row_of(set, label, arguments));
            }
            const auto files = reports::draw_spectrograms(rows, description.geometry, kind.spectrogram);
            for (std::size_t i = 0; i < files.size(); ++i) {
                fmt::print("{}: {}\n", files[i].string(), rows[i].title);
                list += fmt::format("{}: {}\n", files[i].filename().string(), rows[i].title);
            }
        }
    }
    files::write_atomically(std::filesystem::path(arguments.out) / list_name, list);
}

int inspect(const InspectArguments& arguments)
{
    if (arguments.verify) {
        return verify_data_set(arguments);
    }
    print_inspection(data::inspect(arguments.data), arguments.data);
    if (arguments.plots > 0) {
        plot(arguments);
    }
    return exit_done;
}

}  // namespace

void add_inspect(CLI::App& app, Command& chosen)
{
    CLI::App* command = app.add_subcommand("inspect", "Describes a data set: classes, lengths, levels, equal clips; "
                                                      "checks its files; draws spectrograms");
    const auto arguments = std::make_shared<InspectArguments>();
    command->add_option("SHARDS", arguments->data, "The data set's folder")->required();
    command->add_flag("--verify", arguments->verify,
                      "Compare every file and clip with its checksum, and name what is damaged, missing or foreign");
    CLI::Option* plots =
        command->add_option("--plot", arguments->plots, "Draw spectrograms of this number of recordings of each class")
            ->check(wrong_whole_number)
            ->check(CLI::Range(1, 12));
    command->add_option("--out", arguments->out, "Folder for the PNG files of --plot, one a class and kind")
        ->needs(plots);
    command->callback([&chosen, arguments, plots] {
        if (plots->count() > 0 && arguments->out.empty()) {
            throw CLI::RequiredError("--plot: --out");
        }
        chosen = [arguments] { return inspect(*arguments); };
    });
    command->footer("Examples:\n"
                    "  attnsweep inspect shards/\n"
                    "  attnsweep inspect shards/ --verify\n"
                    "  attnsweep inspect shards/ --plot 3 --out pictures/");
}

}  // namespace attnsweep::runner
