#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "configs/geometry.h"
#include "configs/metrics.h"

namespace attnsweep::store {

/// The numbers of "Attention Augmented CNNs for Musical Instrument Identification" (Wise, Maida, Kumar); nowhere else here.

/// A row of Table II: means of three repeats. Accuracy in 0..1 like all others.
struct PaperRow {
    configs::Spectrogram spectrogram;
    double attention_ratio;
    double accuracy, precision_macro, recall_macro, f1_micro, f1_macro;
};
std::span<const PaperRow> paper_table_two();
/// The row as metrics; those the paper does not have are not known.
configs::Metrics metrics_of(const PaperRow& row);
/// The paper's model of this input and ratio; nothing for others.
std::optional<PaperRow> paper_row(configs::Spectrogram spectrogram, double attention_ratio);

/// A row of Table I: clips.
struct PaperClass {
    std::string_view name;
    std::int64_t train, test, total;
};
std::span<const PaperClass> paper_table_one();
std::optional<PaperClass> paper_class(std::string_view name);

/// The digest that stands for the paper's data where Table II is a sweep of a store (`attnsweep import-paper`): nobody else's.
inline constexpr std::string_view paper_data_digest = "table-2-of-the-paper";

/// What has to be said wherever the paper's macro columns stand beside others. paper.md, "Claims to test".
std::string_view macro_remark();

}  // namespace attnsweep::store
