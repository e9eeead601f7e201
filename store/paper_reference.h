#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "configs/geometry.h"
#include "configs/metrics.h"

namespace attnsweep::store {

/// The numbers of "Attention Augmented CNNs for Musical Instrument Identification" (Wise, Maida, Kumar); no other
/// source contains them.

/// A row of Table II: means of three repeats. Accuracy is in 0..1, as everywhere.
struct PaperRow {
    configs::Spectrogram spectrogram;
    double attention_ratio;
    double accuracy, precision_macro, recall_macro, f1_micro, f1_macro;
};
std::span<const PaperRow> paper_table_two();
/// Returns the row's metrics; those that the paper does not state are NaN.
configs::Metrics metrics_of(const PaperRow& row);
/// Finds the paper's model with this input and ratio; nothing for others.
std::optional<PaperRow> paper_row(configs::Spectrogram spectrogram, double attention_ratio);

/// A row of Table I, in clips.
struct PaperClass {
    std::string_view name;
    std::int64_t train, test, total;
};
std::span<const PaperClass> paper_table_one();
std::optional<PaperClass> paper_class(std::string_view name);

/// The data digest that marks the paper's data in a sweep imported by `attnsweep import-paper`; no real data set has
/// it.
inline constexpr std::string_view paper_data_digest = "table-2-of-the-paper";

/// Returns the remark that accompanies the paper's macro columns wherever they are shown beside others. paper.md,
/// "Claims to test".
std::string_view macro_remark();

}  // namespace attnsweep::store
