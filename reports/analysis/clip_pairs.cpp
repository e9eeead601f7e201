#include "reports/analysis/clip_pairs.h"

#include <map>

#include "store/reading/predictions.h"

namespace attnsweep::reports {

int ClipPairs::clips() const
{
    double clips = 0;
    for (const Cluster& recording : recordings) {
        clips += recording.clips;
    }
    return static_cast<int>(clips);
}

ClipPairs pair_clips(const store::Store& a, const store::Store& b,
                     std::span<const std::pair<std::string, std::string>> trials, store::Weights weights, int places)
{
    // Several splits of one data set share recordings, so a recording is one cluster over all pairs.
    std::map<std::int64_t, Cluster> recordings;
    for (const auto& [id_a, id_b] : trials) {
        std::vector<std::string> unreadable;
        const auto in_a = store::read_predictions(a, id_a, weights, unreadable),
                   in_b = store::read_predictions(b, id_b, weights, unreadable);
        if (!unreadable.empty()) {
            return {{},
                    "the predictions of trial " + unreadable.back() +
                        " cannot be read (attnsweep store rebuild rebuilds them)"};
        }
        if (!in_a || !in_b) {
            return {{}, "not every trial kept its predictions"};
        }
        if (in_a->clips != in_b->clips) {
            return {{}, "the trials of a pair were tested on different clips"};
        }
        for (std::size_t i = 0; i < in_a->clips.size(); ++i) {
            Cluster& recording = recordings[in_a->clips[i].group];
            recording.clips += 1;
            recording.sum += (in_b->said[i].rank <= places ? 1 : 0) - (in_a->said[i].rank <= places ? 1 : 0);
        }
    }
    ClipPairs pairs;
    for (const auto& [group, recording] : recordings) {
        pairs.recordings.push_back(recording);
    }
    if (pairs.recordings.empty()) {
        pairs.missing = "there are no pairs";
    }
    return pairs;
}

}  // namespace attnsweep::reports
