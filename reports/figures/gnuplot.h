#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace attnsweep::reports {

/// A figure as gnuplot commands, terminal and output aside. Strangers' words enter by gnuplot_string alone.
struct Drawing {
    int width_px = 800, height_px = 480;  ///< of the SVG
    int png_factor = 2;                   ///< so many times as many in the PNG
    std::string commands;
};

/// Writes PATH.svg and PATH.png durably and returns them. Throws Error: missing_program, failed with gnuplot's words,
/// unwritable.
std::vector<std::filesystem::path> draw(const Drawing& drawing, const std::filesystem::path& path_without_extension);

struct PlacedDrawing {
    Drawing drawing;
    std::filesystem::path path_without_extension;
};

/// What became of several drawings.
struct Drawn {
    std::vector<std::filesystem::path> files;
    std::vector<std::string> refused;  ///< a sentence for each that gnuplot refused: its name and gnuplot's words
};

/// Several, drawn by one gnuplot: it takes longer to start than most of them to draw. Where that fails they are drawn one by one, so
/// that only what is refused is missing. Errors as above; failed where all are refused.
Drawn draw(std::span<const PlacedDrawing> drawings);

/// A gnuplot data block: `$name << EOD`, rows of numbers, EOD. NaN breaks a line.
std::string data_block(const std::string& name, const std::vector<std::vector<double>>& rows);

/// Colours told apart by everyone (Okabe and Ito); eight, then again from the start.
std::string colour(std::size_t index);
std::string faint_colour(std::size_t index);  ///< lines beside the one that matters
std::string pale_colour(std::size_t index);   ///< areas

/// An axis in percent that holds all values, widened to fives: {low, high}. Values in 0..1.
struct PercentRange {
    double low = 0, high = 100;
};
PercentRange percent_range(const std::vector<double>& fractions);

}  // namespace attnsweep::reports
