#include "data/unfinished_ingest.h"

#include <system_error>

#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "files/durable_file.h"
#include "files/error.h"

namespace attnsweep::data {
namespace {

constexpr auto unfinished_name = "ingest-unfinished.json";

}  // namespace

void write_unfinished(const std::filesystem::path& folder, const std::vector<UnfinishedKind>& kinds)
{
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const UnfinishedKind& kind : kinds) {
        list.push_back({{"spectrogram", configs::to_string(kind.spectrogram)},
                        {"digest", kind.digest},
                        {"generation", kind.generation},
                        {"shard_bytes", kind.shard_bytes}});
    }
    files::write_durably(folder / unfinished_name, list.dump(2) + "\n");
}

std::vector<UnfinishedKind> read_unfinished(const std::filesystem::path& folder)
{
    std::vector<UnfinishedKind> kinds;
    try {
        for (const nlohmann::json& entry : nlohmann::json::parse(files::read_file(folder / unfinished_name))) {
            UnfinishedKind kind;
            kind.spectrogram = configs::spectrogram_from(entry.at("spectrogram").get<std::string>());
            entry.at("digest").get_to(kind.digest);
            entry.at("generation").get_to(kind.generation);
            entry.at("shard_bytes").get_to(kind.shard_bytes);
            kinds.push_back(std::move(kind));
        }
    } catch (const files::Error&) {  // usually there is none
        return {};
    } catch (const nlohmann::json::exception&) {
        return {};
    } catch (const configs::Error&) {
        return {};
    }
    return kinds;
}

void remove_unfinished(const std::filesystem::path& folder)
{
    std::error_code ignored;
    std::filesystem::remove(folder / unfinished_name, ignored);
}

}  // namespace attnsweep::data
