#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "data/demo/demo_corpus.h"
#include "runner/cli/command.h"
#include "runner/protocol.h"
#include "runner/value_checks.h"

namespace attnsweep::runner {
namespace {

int render(const data::DemoOptions& options)
{
    if (!data::demo_corpus_available()) {
        fmt::print(stderr, "attnsweep: {}\n", data::demo_corpus_remedy());
        return exit_usage;
    }
    const data::DemoReport report = data::render_demo_corpus(options);
    std::int64_t clips = 0;
    for (std::size_t label = 0; label < report.classes.size(); ++label) {
        fmt::print("{:<12} {:>5} clips\n", report.classes[label], report.clips_per_class[label]);
        clips += report.clips_per_class[label];
    }
    fmt::print("{}: {} recordings, {} clips of {} instruments{}\n", options.out.string(), report.recordings, clips,
               report.classes.size(),
               report.already_there ? ": there already" : fmt::format(", rendered in {:.1f} s", report.duration_s));
    fmt::print("Two of the paper's 19 classes are not in the sound font: bass-clarinet and contrabassoon.\n");
    return exit_done;
}

}  // namespace

void add_demo_corpus(CLI::App& app, Command& chosen)
{
    CLI::App* command = app.add_subcommand(
        "demo-corpus", "Renders a small corpus of 17 sampled instruments, to try attnsweep without recordings");
    const auto options = std::make_shared<data::DemoOptions>();
    command->add_option("--out", options->out, "Folder to create, with one subfolder per instrument")->required();
    command->add_option("--clips", options->clips, "Total number of one-second clips")
        ->check(wrong_whole_number)
        ->capture_default_str();
    command->add_option("--sample-rate", options->sample_rate_hz, "Hz: 22050 or 44100")
        ->check(CLI::IsMember({22050, 44100}))
        ->capture_default_str();
    command->add_option("--soundfont", options->soundfont,
                        "An .sf2 or .sf3 with MuseScore_General's programs; default: Debian's "
                        "musescore-general-soundfont-small");
    command->add_option("--threads", options->threads, "Default: all cores")->check(wrong_whole_number);
    command->footer("Example:\n"
                    "  attnsweep demo-corpus --out demo/audio\n"
                    "  attnsweep ingest demo/audio --out demo/shards --data-config configs/data/quickstart.toml");
    command->callback([&chosen, options] { chosen = [options] { return render(*options); }; });
}

}  // namespace attnsweep::runner
