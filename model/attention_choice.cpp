#include "model/attention_choice.h"

#include "configs/names.h"
#include "configs/network_rules.h"
#include "model/attention.h"
#include "model/attention_forms.h"
#include "model/error.h"
#include "model/tiled_relative_attention.h"

namespace attnsweep::model {

using configs::AttentionImplementation;

AttentionImplementation attention_choice(AttentionImplementation wanted, const configs::TrialSpec& spec,
                                         const c10::Device& device)
{
    const configs::Precision precision = spec.training.precision;
    const bool can_be_tiled = device.is_cpu() && precision == configs::Precision::float32;
    if (wanted == AttentionImplementation::tiled && !can_be_tiled && configs::has_attention(spec.model)) {
        throw Error("execution.attention_implementation = \"tiled\" is for float32 on CPUs, and this trial runs in " +
                    configs::to_string(precision) + " on " + device.str() +
                    "; leave it at \"auto\", or take \"chunked\"");
    }
    return configs::attention_choice(wanted, precision,
                                     device.is_cpu() ? configs::DeviceKind::cpu : configs::DeviceKind::cuda);
}

void record_attention(AttentionImplementation chosen, const configs::ModelSettings& model,
                      configs::ExecutionRecord& record)
{
    record.attention_implementation = configs::has_attention(model) ? configs::to_string(chosen) : "";
}

at::Tensor attend(const at::Tensor& qkv, const at::Tensor& key_rel_h, const at::Tensor& key_rel_w, int heads,
                  AttentionImplementation wanted)
{
    switch (wanted) {
    case AttentionImplementation::tiled:
        return tiled_relative_attention(qkv, key_rel_h, key_rel_w, heads);
    case AttentionImplementation::reference:
        return reference_attention(qkv, key_rel_h, key_rel_w, heads);
    case AttentionImplementation::sdpa_bias:
        return sdpa_bias_attention(qkv, key_rel_h, key_rel_w, heads);
    case AttentionImplementation::sdpa_extended:
        return sdpa_extended_attention(qkv, key_rel_h, key_rel_w, heads);
    case AttentionImplementation::automatic:
        if (qkv.is_cpu() && qkv.scalar_type() == at::kFloat) {
            return tiled_relative_attention(qkv, key_rel_h, key_rel_w, heads);
        }
        break;
    case AttentionImplementation::chunked:
        break;
    }
    return relative_attention(qkv, key_rel_h, key_rel_w, heads);
}

}  // namespace attnsweep::model
