#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace attnsweep::reports {

/// Writes a protocol buffer message: fields in the order of the calls. Supports only what event files need; the field
/// numbers are those of TensorFlow's event.proto, summary.proto, tensor.proto and TensorBoard's hparams api.proto.
class Message {
public:
    Message& add(int field, std::int64_t number);  ///< int64, enum, bool; not negative
    Message& add(int field, double number);
    Message& add(int field, float number);
    Message& add(int field, std::string_view text);  ///< string, bytes
    Message& add(int field, const Message& message);
    const std::string& bytes() const { return bytes_; }

private:
    void add_key(int field, unsigned wire_type);
    std::string bytes_;
};

/// Builds a TensorBoard event file in memory: TFRecords with CRC-32C, the first being the version.
class EventFile {
public:
    explicit EventFile(double wall_time_s);

    void add_scalar(std::string_view tag, double wall_time_s, std::int64_t step, double value);
    /// Adds a summary with a plugin's content and no number.
    void add_plugin_data(std::string_view tag, double wall_time_s, std::string_view plugin, const Message& content);

    const std::string& bytes() const { return bytes_; }

private:
    void add_record(const Message& event);
    void add_summary(double wall_time_s, std::int64_t step, const Message& value);
    std::string bytes_;
};

}  // namespace attnsweep::reports
