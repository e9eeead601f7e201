#include "configs/failure.h"

#include <nlohmann/json.hpp>

#include "configs/json_fields.h"
#include "configs/names.h"

namespace attnsweep::configs {

FailureKind failure_kind(std::string_view word)
{
    return from_name<FailureKind>(word).value_or(FailureKind::error);
}

void to_json(nlohmann::json& json, FailureKind kind)
{
    json = to_string(kind);
}

void from_json(const nlohmann::json& json, FailureKind& kind)
{
    kind = failure_kind(json.get_ref<const std::string&>());
}

void to_json(nlohmann::json& json, const Failure& failure)
{
    json = {{"kind", failure.kind}, {"message", failure.message}, {"signal", failure.signal}};
    if (failure.slot >= 0) {
        json["slot"] = failure.slot;
    }
}

void from_json(const nlohmann::json& json, Failure& failure)
{
    const JsonFields fields(json, "failure");
    fields.required("kind", failure.kind);
    fields.required("message", failure.message);
    fields.optional("signal", failure.signal);
    fields.optional("slot", failure.slot);
}

}  // namespace attnsweep::configs
