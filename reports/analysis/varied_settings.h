#pragma once

#include <map>
#include <string>
#include <vector>

#include "configs/trial_spec.h"

namespace attnsweep::reports {

/// Returns a trial's settings as text by key, "training.learning_rate" -> "0.001", numbers in their shortest form: without
/// seeds and, unless asked for, the data set's digests, which are no choice of the sweep's author.
std::map<std::string, std::string> setting_texts(const configs::TrialSpec& spec, bool with_data_set = false);

/// The keys in which these configurations' settings differ: a sweep's axes, whatever file they were written in.
class VariedSettings {
public:
    void add(const configs::TrialSpec& spec);

    /// Returns the keys, in the order of a sweep file.
    std::vector<std::string> keys() const;
    /// Returns a column's title: "learning_rate", or the whole key where two have that name.
    static std::vector<std::string> titles(const std::vector<std::string>& keys);

private:
    std::map<std::string, std::string> first_;
    std::map<std::string, bool> varies_;
};

}  // namespace attnsweep::reports
