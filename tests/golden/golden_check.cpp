// golden_check FILE.h5 [DEVICE]: holds this project's numbers against a golden file's, whatever its kind; networks on the device (cpu).
// Ends with 0 within tolerance, 1 beyond, 2 for a wrong command line, 3 for a file that cannot be read as a golden file.

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "checks.h"
#include "model/device.h"

using namespace attnsweep;
using namespace attnsweep::golden;

namespace {

using configs::AttentionImplementation;

std::vector<AttentionImplementation> implementations_on(const std::string& device)
{
    std::vector<AttentionImplementation> all{AttentionImplementation::chunked, AttentionImplementation::reference,
                                             AttentionImplementation::sdpa_bias,
                                             AttentionImplementation::sdpa_extended};
    if (device == "cpu") {
        all.push_back(AttentionImplementation::tiled);
    }
    return all;
}

void check(const Group& file, const std::string& device, Comparison& comparison)
{
    for (const std::string& name : file.children()) {
        const Group group = file.group(name);
        if (group.contains("samples")) {
            check_spectrograms(group, file, comparison);
        } else if (group.contains("upstream_gradient")) {
            for (const AttentionImplementation attention : implementations_on(device)) {
                check_attention(group, attention, device, comparison);
            }
        } else if (group.contains("batches")) {
            for (const AttentionImplementation attention : implementations_on(device)) {
                check_network(group, attention, device, comparison);
            }
        } else {
            throw Error("group " + name +
                        " is none of a golden file: expected `samples` (spectrograms), `upstream_gradient` (an " +
                        "attention layer) or `batches` (a network) in it");
        }
    }
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 2 || argc > 3 || argv[1][0] == '-') {
        std::fprintf(stderr, "usage: golden_check FILE.h5 [DEVICE]\n");
        return 2;
    }
    try {
        Comparison comparison;
        const Group file = Group::open(argv[1]);
        if (file.children().empty()) {
            throw Error(std::string(argv[1]) + ": holds no groups");
        }
        const std::string device = argc == 3 ? argv[2] : "cpu";
        // Before the first operator; and no TF32, which libtorch's convolutions on GPUs take by themselves.
        model::use_precision(configs::Precision::float32, model::choose_device(device));
        check(file, device, comparison);
        comparison.print();
        std::printf(comparison.passed() ? "within tolerance\n" : "BEYOND TOLERANCE\n");
        return comparison.passed() ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "golden_check: %s\n", error.what());
        return 3;
    }
}
