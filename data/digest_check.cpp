#include "data/digest_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "data/inspection.h"
#include "data/survey.h"

namespace attnsweep::data {
namespace {

bool continues(const DataSet& set, std::int64_t clip)
{
    return !begins_recording(set, clip) && set.source_hash(clip) == set.source_hash(clip - 1) &&
           set.group(clip) == set.group(clip - 1) && set.manifest_split(clip) == set.manifest_split(clip - 1);
}

}  // namespace

DigestCheck check_digest(const DataSet& set, const DataSetFile& file)
{
    Survey survey;
    survey.classes = set.description().classes;
    bool has_parts = false, has_split = false;
    for (std::int64_t clip = 0; clip < set.clips(); ++clip) {
        if (!continues(set, clip)) {
            SurveyedRecording found;
            found.file_hash = set.source_hash(clip);
            found.label = set.label(clip);
            found.group = set.group(clip);
            found.recording.split = set.manifest_split(clip);
            has_parts = has_parts || set.start_s(clip) > 0;
            has_split = has_split || set.manifest_split(clip) != ManifestSplit::none;
            survey.recordings.push_back(std::move(found));
        }
        ++survey.recordings.back().clips;
    }
    const configs::DataSetDescription& description = set.description();
    const auto found = static_cast<std::int64_t>(survey.recordings.size());
    if (has_split != description.has_manifest_split) {
        return {fmt::format("{}: has_manifest_split = {}, but the clips of its shards are {} a part of a split",
                            data_set_file_name, description.has_manifest_split, has_split ? "in" : "not in"),
                ""};
    }
    if (file.ingest_version != ingest_version) {
        return {"", fmt::format("it was made by version {} of the ingest, this is {}", file.ingest_version,
                                ingest_version)};
    }
    if (digest_of(survey, description.geometry, set.spectrogram()) == set.digest()) {
        return description.recordings == found
                   ? DigestCheck{}
                   : DigestCheck{fmt::format("{}: recordings = {}, its shards hold {}", data_set_file_name,
                                             description.recordings, found),
                                 ""};
    }
    // Parts that follow one another look like one recording.
    if (has_parts || description.recordings > found) {
        return {"", "some recordings are parts of files, whose places the shards hold in seconds alone"};
    }
    if (description.pads_short) {
        return {"", "recordings may be padded, whose lengths the shards do not hold"};
    }
    return {fmt::format("{}: the digest of {} is not that of the classes, recordings and parameters that its shards "
                        "hold",
                        data_set_file_name, configs::to_string(set.spectrogram())),
            ""};
}

}  // namespace attnsweep::data
