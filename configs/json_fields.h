#pragma once

#include <cmath>
#include <limits>
#include <string>

#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "configs/json_reason.h"

namespace attnsweep::configs {

/// Returns a floating-point number as JSON; NaN and the infinities, which JSON lacks, as "nan", "inf", "-inf", so that
/// a trial that failed with a NaN can still be reported.
inline nlohmann::json json_number(double value)
{
    if (std::isnan(value)) {
        return "nan";
    }
    if (std::isinf(value)) {
        return value > 0 ? "inf" : "-inf";
    }
    return value;
}

/// Reads a JSON object field by field. Throws Error naming object and field when one is missing or of the wrong type.
class JsonFields {
public:
    /// `what` names the object in messages: "trial result".
    JsonFields(const nlohmann::json& json, std::string what) : json_(json), what_(std::move(what))
    {
        if (!json.is_object()) {
            throw Error(what_ + ": expected a JSON object, found " + json.type_name());
        }
    }

    bool has(const char* name) const { return json_.contains(name); }

    template <typename T> void required(const char* name, T& target) const
    {
        if (!has(name)) {
            throw Error(what_ + ": the field \"" + name +
                        "\" is missing; the file is damaged or from another program: restore or remove it");
        }
        optional(name, target);
    }

    /// Reads a field; leaves `target` unchanged when it is missing, so that a field added later keeps its default in
    /// older files.
    template <typename T> void optional(const char* name, T& target) const
    {
        if (!has(name)) {
            return;
        }
        const nlohmann::json& value = json_.at(name);
        try {
            convert(value, target);
        } catch (const nlohmann::json::exception&) {
            throw Error(what_ + ": the field \"" + name + "\" holds " + json_shown(value) +
                        ", which is of the wrong type");
        }
    }

private:
    template <typename T> static void convert(const nlohmann::json& value, T& target) { value.get_to(target); }

    static void convert(const nlohmann::json& value, double& target)
    {
        if (value == "nan" || value.is_null()) {
            target = std::numeric_limits<double>::quiet_NaN();
        } else if (value == "inf") {
            target = std::numeric_limits<double>::infinity();
        } else if (value == "-inf") {
            target = -std::numeric_limits<double>::infinity();
        } else {
            value.get_to(target);
        }
    }

    const nlohmann::json& json_;
    std::string what_;
};

}  // namespace attnsweep::configs
