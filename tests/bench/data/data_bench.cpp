// What data.sh measures of this project's side; prints "name rate" lines, clips per second.
//   data_bench transforms CLIPS.f32 SECONDS
//   data_bench batches SHARDS WORK_FOLDER EPOCHS
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/bench/data/batch_rates.h"
#include "tests/bench/data/transform_rates.h"

int main(int count, char** arguments)
{
    const std::vector<std::string> words(arguments + 1, arguments + count);
    try {
        if (words.size() == 3 && words[0] == "transforms") {
            attnsweep::bench::print_transform_rates(words[1], std::stod(words[2]));
            return 0;
        }
        if (words.size() == 4 && words[0] == "batches") {
            attnsweep::bench::print_batch_rates(words[1], words[2], std::stoi(words[3]));
            return 0;
        }
    } catch (const std::exception& error) {
        fmt::print(stderr, "data_bench: {}\n", error.what());
        return 1;
    }
    fmt::print(stderr,
               "usage: data_bench transforms CLIPS.f32 SECONDS | data_bench batches SHARDS WORK_FOLDER EPOCHS\n");
    return 2;
}
