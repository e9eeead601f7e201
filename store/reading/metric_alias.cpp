#include "store/reading/metric_alias.h"

namespace attnsweep::store {

std::string current_metric_name(const std::string& name)
{
    return name == "f1_classes" ? "f1_class_mean" : name == "best_f1_classes" ? "best_f1_class_mean" : name;
}

}  // namespace attnsweep::store
