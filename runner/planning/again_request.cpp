#include "runner/planning/again_request.h"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "files/durable_file.h"
#include "files/error.h"
#include "store/reading/history.h"

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;

/// By id, the number of done attempts that ends the request.
using Request = std::map<std::string, int>;

/// The request of the last `--again`; empty if there was none, or it cannot be read.
Request read_request(const fs::path& path)
{
    try {
        return nlohmann::json::parse(files::read_file(path)).get<Request>();
    } catch (const files::Error&) {
        return {};
    } catch (const nlohmann::json::exception&) {
        return {};
    }
}

}  // namespace

std::unordered_set<std::string> left_of_again(const fs::path& store_folder, const store::Store& store,
                                              const std::unordered_set<std::string>& ids)
{
    std::map<std::string, int> done;
    for (const std::string& id : ids) {
        const auto attempts = store::attempts_of(store, id);
        done[id] =
            static_cast<int>(std::count_if(attempts.begin(), attempts.end(), [](const store::AttemptEntry& attempt) {
                return attempt.outcome == "done";
            }));
    }
    const fs::path path = store_folder / "again.json";
    const Request before = read_request(path);
    const bool is_same =
        before.size() == done.size() && std::equal(before.begin(), before.end(), done.begin(),
                                                   [](const auto& a, const auto& b) { return a.first == b.first; });
    std::unordered_set<std::string> left;
    for (const auto& [id, count] : done) {
        if (is_same && count < before.at(id)) {
            left.insert(id);
        }
    }
    if (!left.empty()) {
        return left;
    }
    Request request = done;
    for (auto& [id, count] : request) {
        ++count;
    }
    files::write_durably(path, nlohmann::json(request).dump());
    return ids;
}

}  // namespace attnsweep::runner
