#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "configs/sweep.h"
#include "configs/trial_result.h"
#include "runner/protocol.h"

namespace attnsweep::runner {

inline constexpr const char* result_name = "result.json";
inline constexpr const char* last_weights_name = "weights-last.safetensors";
inline constexpr const char* best_weights_name = "weights-best.safetensors";

/// Returns the file of an attempt's weights; `word`: "last" or "best". Falls back to version 0.1.0's name (`.pt`) if only that
/// exists. Read it with files::read_safetensors.
std::filesystem::path weights_file(const std::filesystem::path& attempt_folder, const std::string& word);

/// Says which of its files a trial keeps after its end.
struct KeptFiles {
    bool last_weights = false, best_weights = false, checkpoints = false;
};
KeptFiles keep_from(configs::Keep keep);

/// Writes a result durably as result.json in the attempt's folder, then links it into pending/, which marks it as new
/// (docs/architecture.md, promise 2). If a power cut loses the link, the next start finds the file in the folder of the unfinished trial. Returns the
/// path of result.json. Throws files::Error.
std::filesystem::path publish(const TrialOrder& order, const configs::TrialResult& result);

/// A result to publish, with the order of its attempt. Both are the caller's.
struct OwnResult {
    const TrialOrder& order;
    const configs::TrialResult& result;
};
/// Publishes several results of one store, with fewer disk syncs than one by one. Throws files::Error; some may be published
/// then, and it is safe to publish them again.
void publish(std::span<const OwnResult> results);

/// Returns the result.json of this trial's success, by this attempt or by an earlier one whose process died before it could
/// announce it: then it is announced again and the trial not retrained. Unreadable files count as missing and are logged.
std::optional<std::filesystem::path> finished_result(const TrialOrder& order,
                                                     const std::function<void(const std::string&)>& log);

/// Announces a result that finished_result() found in pending/. Throws files::Error.
void publish_again(const TrialOrder& order, const std::filesystem::path& result);

/// Returns the attempt's folder as results name it: relative to the store's `.d` folder.
std::string relative_attempt_folder(const TrialOrder& order);

}  // namespace attnsweep::runner
