#include "configs/settings.h"

namespace attnsweep::configs {

Settings settings_of(const TrialSpec& spec)
{
    Settings settings;
    settings.data = spec.data;
    settings.model = spec.model;
    settings.training = spec.training;
    settings.seed = spec.seed;
    return settings;
}

TrialSpec spec_of(const Settings& settings, const DataIdentity& data_set)
{
    return {settings.data, settings.model, settings.training, settings.seed, data_set};
}

}  // namespace attnsweep::configs
