#include "reports/analysis/done_trials.h"

#include <cstring>
#include <type_traits>

#include "store/file_error.h"
#include "store/paper_reference.h"

namespace attnsweep::reports {

namespace {

/// A DoneTrial's part of a fixed size; its id and its label come behind it.
struct Packed {
    configs::Seeds seed;
    store::TestNumbers test;
    std::int64_t attempt_id;
    std::size_t id_bytes, label_bytes;
    bool is_published;
};
static_assert(std::is_trivially_copyable_v<Packed>);

void pack(const DoneTrial& trial, std::string& bytes)
{
    Packed packed{trial.seed, trial.test, trial.attempt_id, trial.id.size(), trial.label.size(), trial.is_published};
    bytes.append(reinterpret_cast<const char*>(&packed), sizeof packed);
    bytes += trial.id;
    bytes += trial.label;
}

DoneTrial unpack(const std::string& bytes, std::size_t& at)
{
    Packed packed;
    std::memcpy(&packed, bytes.data() + at, sizeof packed);
    at += sizeof packed;
    DoneTrial trial{bytes.substr(at, packed.id_bytes),
                    bytes.substr(at + packed.id_bytes, packed.label_bytes),
                    packed.seed,
                    packed.test,
                    packed.attempt_id,
                    packed.is_published};
    at += packed.id_bytes + packed.label_bytes;
    return trial;
}

template <typename Work> auto with_file(Work&& work)
{
    try {
        return work();
    } catch (const files::Error& failure) {
        throw store::Error(store::kind_of_file_error(failure),
                           std::string("the sweep's trials cannot be kept in a temporary file while they are read: ") +
                               failure.what());
    }
}

}  // namespace

std::vector<DoneTrial> done_trials_of(const store::ConfigurationEntry& configuration)
{
    std::vector<DoneTrial> trials;
    for (const store::TrialEntry& entry : configuration.repeats) {
        if (entry.test) {
            trials.push_back({entry.trial.id, entry.trial.label, entry.trial.spec.seed, *entry.test,
                              entry.done_attempt_id, entry.trial.spec.data_set.digest == store::paper_data_digest});
        }
    }
    return trials;
}

void DoneTrials::add(const store::ConfigurationEntry& configuration)
{
    const std::vector<DoneTrial> trials = done_trials_of(configuration);
    std::string bytes;
    for (const DoneTrial& trial : trials) {
        pack(trial, bytes);
    }
    with_file([&] { places_.push_back({file_.append(bytes), bytes.size(), trials.size()}); });
    count_ += trials.size();
}

std::vector<DoneTrial> DoneTrials::read(std::size_t configuration) const
{
    const Place& place = places_.at(configuration);
    const std::string bytes = with_file([&] { return file_.read(place.offset, place.bytes); });
    std::vector<DoneTrial> trials;
    trials.reserve(place.trials);
    for (std::size_t at = 0; at < bytes.size();) {
        trials.push_back(unpack(bytes, at));
    }
    return trials;
}

}  // namespace attnsweep::reports
