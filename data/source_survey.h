#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/recording_list.h"
#include "data/survey.h"

namespace attnsweep::data {

/// A recording, or the part of one, as looked at.
struct SurveyOutcome {
    SurveyedRecording recording;
    std::string problem;                ///< why it cannot be used; empty: it can
    bool is_outside = false;            ///< the problem is that start_s or end_s lies outside the recording
    std::string damage;                 ///< in what it is short, damaged or oddly ended although it can be used
    std::string format_without_length;  ///< AudioStream::format_without_length
};

/// Reads and decodes one audio file once, for all the recordings that are parts of it; `outcomes` are theirs, in order, with
/// their numbers of clips. Memory does not depend on the file's length.
void survey_source(const std::vector<const Recording*>& parts, const std::vector<SurveyOutcome*>& outcomes,
                   const configs::Geometry& geometry, ShortRecordings short_recordings);

/// Returns the indices below `count`, those with the same path together, in the order of first appearance.
std::vector<std::vector<std::size_t>> group_by_path(std::size_t count,
                                                    const std::function<std::filesystem::path(std::size_t)>& path_of);

}  // namespace attnsweep::data
