#include "reports/figures/spectrogram_figure.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "reports/figures/gnuplot.h"
#include "reports/tables/escaping.h"

namespace attnsweep::reports {

namespace {

constexpr double floor_db = -80;

/// A frequency axis, in bins: tics at round frequencies.
std::string frequency_tics(const configs::Geometry& geometry, configs::Spectrogram kind)
{
    const double bins = geometry.bins(kind);
    std::string tics;
    const auto add = [&](double hz, double bin) {
        if (bin >= 0 && bin < bins) {
            tics += fmt::format("{}'{:g}' {:.3f}", tics.empty() ? "" : ", ", hz, bin);
        }
    };
    if (kind == configs::Spectrogram::stft) {
        const double step = std::pow(10, std::floor(std::log10(geometry.sample_rate_hz / 4.0)));
        for (int i = 0; i * step <= geometry.sample_rate_hz / 2.0; ++i) {
            const double hz = i * step;
            add(hz, hz * geometry.n_fft / geometry.sample_rate_hz);
        }
    } else {
        for (std::int64_t decade = 10; decade < geometry.sample_rate_hz; decade *= 10) {
            for (const int factor : {1, 2, 5}) {
                const auto hz = static_cast<double>(decade * factor);
                add(hz, geometry.bins_per_octave * std::log2(hz / geometry.fmin_hz));
            }
        }
    }
    return tics;
}

std::string matrix_of(const ShownSpectrogram& shown, int frames, int bins, std::size_t number)
{
    const float most = std::max(1e-12F, *std::max_element(shown.magnitudes.begin(), shown.magnitudes.end()));
    std::string text = fmt::format("$s{} << EOD\n", number);
    for (int bin = 0; bin < bins; ++bin) {
        for (int frame = 0; frame < frames; ++frame) {
            const double magnitude =
                shown.magnitudes[static_cast<std::size_t>(std::int64_t{frame} * bins + bin)] / most;
            text += fmt::format("{:.1f} ", std::max(floor_db, 20 * std::log10(std::max(magnitude, 1e-9))));
        }
        text += '\n';
    }
    return text + "EOD\n";
}

Drawing drawing_of(const SpectrogramRow& row, const configs::Geometry& geometry, configs::Spectrogram kind)
{
    const int frames = geometry.frames(), bins = geometry.bins(kind);
    Drawing drawing;
    drawing.has_svg = false;  // a picture of pixels
    drawing.width_px = 60 + 320 * static_cast<int>(row.spectrograms.size());
    drawing.height_px = 380;
    for (std::size_t i = 0; i < row.spectrograms.size(); ++i) {
        drawing.commands += matrix_of(row.spectrograms[i], frames, bins, i);
    }
    drawing.commands += fmt::format(
        "set multiplot layout 1,{} title {}\nset palette defined (0 '#000004', 0.25 '#3b0f70', 0.5 '#b5367a', 0.75 "
        "'#fb8861', 1 '#fcfdbf')\nset cbrange [{}:0]\nset cblabel 'dB'\nset xlabel 'Time in s'\nset ylabel 'Frequency "
        "in Hz'\nset tics out nomirror\nset xrange [0:{}]\nset yrange [-0.5:{}]\nset ytics ({})\n",
        row.spectrograms.size(), gnuplot_string(row.title), floor_db,
        double(frames) * geometry.hop_samples / geometry.sample_rate_hz, bins - 0.5, frequency_tics(geometry, kind));
    for (std::size_t i = 0; i < row.spectrograms.size(); ++i) {
        drawing.commands += fmt::format(
            "set title {}\nplot $s{} matrix using (($1+0.5)*{:.9f}):2:3 with image notitle\n",
            gnuplot_string(row.spectrograms[i].title), i, double(geometry.hop_samples) / geometry.sample_rate_hz);
    }
    drawing.commands += "unset multiplot\n";
    return drawing;
}

}  // namespace

std::vector<std::filesystem::path> draw_spectrograms(const std::vector<SpectrogramRow>& rows,
                                                     const configs::Geometry& geometry, configs::Spectrogram kind)
{
    std::vector<PlacedDrawing> drawings;
    drawings.reserve(rows.size());
    for (const SpectrogramRow& row : rows) {
        drawings.push_back({drawing_of(row, geometry, kind), row.path_without_extension});
    }
    return draw(drawings).files;
}

}  // namespace attnsweep::reports
