#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "reports/analysis/done_trials.h"
#include "reports/analysis/sweep_summary.h"
#include "reports/tables/table.h"
#include "store/store.h"

namespace attnsweep::reports {

/// A test recording (and its copies) with the predictions of the trials that were tested on it.
struct HeardRecording {
    std::int64_t group = 0;
    int truth = 0;
    int clips = 0;                      ///< in a test set; the largest number if test sets differ
    int trials = 0, wrong_trials = 0;   ///< tested on it; of these, wrong in at least half of its clips
    std::int64_t heard = 0, wrong = 0;  ///< clips, summed over trials
    int taken_for = -1;                 ///< most frequent prediction of its wrong clips; -1: none is wrong
    double sureness = 0;                ///< mean probability of the class predicted, over its wrong clips
};

/// A configuration's confidence and accuracy.
struct Confidence {
    std::size_t configuration = 0;
    int repeats = 0;
    std::int64_t clips = 0;
    double accuracy = 0, confidence = 0;  ///< means over the clips; confidence: probability of the class predicted
    double calibration_error = 0;  ///< mean of |accuracy - confidence| over ten bins of confidence, weighted by clips
};

/// Results per recording and of confidence, from the predictions of single clips.
struct ClipResults {
    std::vector<HeardRecording> hardest;  ///< wrong in most trials first, then by the share of clips, then by group
    std::vector<Confidence> confidences;  ///< of configurations whose predictions were kept, in the sweep's order
    int trials = 0;                       ///< trials whose predictions were read
    int done = 0;                         ///< done trials of the sweep
    std::vector<std::string> unreadable;  ///< ids of trials whose predictions are damaged; they count as not kept
};

/// Reads the predictions of at most `most_trials` trials, spread evenly over the sweep. Throws Error.
ClipResults read_clip_results(const store::Store& store, store::Weights weights, const DoneTrials& done,
                              std::size_t most_recordings = 25, std::size_t most_trials = 600);

/// Returns "The predictions of trial ... cannot be read", with the remedy; empty if all can be read.
std::string unreadable_in_words(const ClipResults& clips);

/// Names of recordings by group; a recording that is not in the map is shown by its number.
using RecordingNames = std::map<std::int64_t, std::string>;

Table recordings_table(const ClipResults& clips, const std::vector<std::string>& classes, const RecordingNames& names,
                       bool for_people);
Table confidence_table(const SweepSummary& summary, const ClipResults& clips, bool for_people);

}  // namespace attnsweep::reports
