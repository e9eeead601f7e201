#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace attnsweep::reports {

/// A figure as gnuplot commands, without terminal and output. Text from data sets and users must enter through
/// gnuplot_string().
struct Drawing {
    int width_px = 800, height_px = 480;  ///< of the SVG
    int png_factor = 2;                   ///< pixels of the PNG per pixel of the SVG
    bool has_svg = true;                  ///< false: a PNG alone, for what is a picture of pixels
    std::string commands;
};

/// Draws with gnuplot: writes PATH.svg (Drawing::has_svg) and PATH.png durably and returns them. Throws Error: missing_program, failed
/// (with gnuplot's message), unwritable.
std::vector<std::filesystem::path> draw(const Drawing& drawing, const std::filesystem::path& path_without_extension);

struct PlacedDrawing {
    Drawing drawing;
    std::filesystem::path path_without_extension;
};

/// The outcome of several drawings.
struct Drawn {
    std::vector<std::filesystem::path> files;
    std::vector<std::string> refused;  ///< a sentence per refused drawing: its name and gnuplot's message
};

/// Draws several figures with one gnuplot process, which takes longer to start than most figures to draw. If that
/// fails, draws them one by one, so that only refused ones are missing. Throws Error: missing_program, failed (gnuplot
/// refuses all), unwritable.
Drawn draw(std::span<const PlacedDrawing> drawings);

/// Returns a gnuplot data block: `$name << EOD`, rows of numbers, EOD. NaN breaks a line.
std::string data_block(const std::string& name, const std::vector<std::vector<double>>& rows);

/// Returns one of eight colours that are distinguishable with colour blindness (Okabe and Ito), repeating from the
/// start.
std::string colour(std::size_t index);
std::string faint_colour(std::size_t index);  ///< lines beside the one that matters
std::string pale_colour(std::size_t index);   ///< areas

/// Returns `count` of the values, two at least, evenly by rank from the lowest to the highest; all where there are no more.
std::vector<double> thinned(std::vector<double> values, std::size_t count);

/// The limits of an axis in percent.
struct PercentRange {
    double low = 0, high = 100;
};
/// Returns limits that include all values (in 0..1), widened to multiples of 5 %.
PercentRange percent_range(const std::vector<double>& fractions);

}  // namespace attnsweep::reports
