#include "configs/combination.h"

#include "configs/keys.h"

namespace attnsweep::configs {

namespace {

Impossible bad_augmented_block(const ModelSettings& model)
{
    for (const int block : model.augmented_blocks) {
        if (block > model.blocks) {
            return {"model.augmented_blocks", "model.augmented_blocks names block " + std::to_string(block) +
                                                  ", but model.blocks = " + std::to_string(model.blocks) +
                                                  "; expected blocks from 1 to " + std::to_string(model.blocks)};
        }
    }
    return {};
}

std::string divisors(int number)
{
    std::string list;
    for (int divisor = 1; divisor <= number && list.size() < 60; ++divisor) {
        if (number % divisor == 0) {
            list += (list.empty() ? "" : ", ") + std::to_string(divisor);
        }
    }
    return list;
}

Impossible bad_heads(const ModelSettings& model)
{
    for (const int block : model.augmented_blocks) {
        const int filters = model.first_filters << (block - 1);
        const int attention = static_cast<int>(model.attention_ratio * filters);
        if (attention % model.heads != 0) {
            return {"model.heads", "model.attention_ratio = " + text_of(model.attention_ratio) + " of block " +
                                       std::to_string(block) + "'s " + std::to_string(filters) + " filters is " +
                                       std::to_string(attention) + " attention filters, which model.heads = " +
                                       std::to_string(model.heads) + " does not divide; expected one of " +
                                       divisors(attention) + " heads, or another model.first_filters"};
        }
    }
    return {};
}

}  // namespace

Impossible find_impossible(const Settings& settings, const DataSetDescription& data)
{
    const ModelSettings& model = settings.model;
    constexpr int widest = 1 << 16;
    if (static_cast<std::int64_t>(model.first_filters) << (model.blocks - 1) > widest) {
        return {"model.first_filters", "model.first_filters = " + std::to_string(model.first_filters) +
                                           " doubled over " + "model.blocks = " + std::to_string(model.blocks) +
                                           " gives a last block of more than " + std::to_string(widest) +
                                           " filters; choose fewer"};
    }
    if (model.attention_ratio > 0) {
        for (Impossible found : {bad_augmented_block(model), bad_heads(model)}) {
            if (!found.message.empty()) {
                return found;
            }
        }
    }
    if (settings.data.split == SplitKind::manifest && !data.has_manifest_split) {
        return {"data.split",
                "data.split = \"manifest\", but the data set " + data.path +
                    " was ingested without a split column; ingest with --manifest and a column \"split\", " +
                    "or choose \"clip\" or \"group\""};
    }
    return {};
}

}  // namespace attnsweep::configs
