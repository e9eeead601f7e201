// golden_check FILE.h5: holds this project's numbers against a golden file's, whatever its kind.
// Ends with 0 within tolerance, 1 beyond, 2 for a wrong command line, 3 for a file that cannot be read as a golden file.

#include <cstdio>
#include <exception>

#include "checks.h"

using namespace attnsweep;
using namespace attnsweep::golden;

namespace {

using configs::AttentionImplementation;
constexpr AttentionImplementation implementations[] = {
    AttentionImplementation::chunked, AttentionImplementation::tiled, AttentionImplementation::reference,
    AttentionImplementation::sdpa_bias, AttentionImplementation::sdpa_extended};

void check(const Group& file, Comparison& comparison)
{
    for (const std::string& name : file.children()) {
        const Group group = file.group(name);
        if (group.contains("samples")) {
            check_spectrograms(group, file, comparison);
        } else if (group.contains("upstream_gradient")) {
            for (const AttentionImplementation attention : implementations) {
                check_attention(group, attention, comparison);
            }
        } else if (group.contains("batches")) {
            for (const AttentionImplementation attention : implementations) {
                check_network(group, attention, comparison);
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
    if (argc != 2 || argv[1][0] == '-') {
        std::fprintf(stderr, "usage: golden_check FILE.h5\n");
        return 2;
    }
    try {
        Comparison comparison;
        const Group file = Group::open(argv[1]);
        if (file.children().empty()) {
            throw Error(std::string(argv[1]) + ": holds no groups");
        }
        check(file, comparison);
        comparison.print();
        std::printf(comparison.passed() ? "within tolerance\n" : "BEYOND TOLERANCE\n");
        return comparison.passed() ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "golden_check: %s\n", error.what());
        return 3;
    }
}
