#include "runner/planning/trial_outlook.h"

namespace attnsweep::runner {

std::string to_string(PlannedAction action)
{
    switch (action) {
    case PlannedAction::done:
        return "done";
    case PlannedAction::running:
        return "running";
    case PlannedAction::waits:
        return "waits";
    case PlannedAction::resumes:
        return "resumes";
    case PlannedAction::again:
        return "runs again";
    case PlannedAction::fresh:
        return "to run";
    case PlannedAction::given_up:
        return "set aside";
    }
    return "to run";
}

}  // namespace attnsweep::runner
