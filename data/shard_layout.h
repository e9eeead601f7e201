#pragma once

#include <cstdint>

/// Names inside a shard, shared by ShardWriter and ShardReader.
namespace attnsweep::data::shard_layout {

inline constexpr auto format = "attnsweep shard";
/// 2 has the attribute clip_s. Clips of the paper's length are written as format 1, which programs of before 2 read: they
/// take every clip to be of one second, and so must refuse any other.
inline constexpr std::int64_t format_version = 2;
inline constexpr std::int64_t format_without_clip_s = 1;
inline constexpr auto partial_ending = ".partial";

inline constexpr auto magnitudes = "magnitudes";  // float32 (count, frames, bins), contiguous
inline constexpr auto label = "label";            // int32 (count), index into class_name
inline constexpr auto group = "group";            // int64 (count)
inline constexpr auto source = "source";          // int32 (count), index into source_name and source_hash
inline constexpr auto start_s = "start_s";        // float64 (count), within the recording
inline constexpr auto split = "split";            // int8 (count): 0 none, 1 train, 2 validation, 3 test
inline constexpr auto crc32c = "crc32c";          // uint32 (count), of a clip's bytes
inline constexpr auto peak = "peak";              // float32 (count), of the clip's samples; shards of 0.1.0 lack it
inline constexpr auto rms = "rms";                // float32 (count), likewise
inline constexpr auto source_name = "source_name";
inline constexpr auto source_hash = "source_hash";  // SHA-256 of the recording's file
inline constexpr auto class_name = "class_name";

}  // namespace attnsweep::data::shard_layout
