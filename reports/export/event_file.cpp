#include "reports/export/event_file.h"

#include <bit>

#include "files/checksum.h"

namespace attnsweep::reports {

namespace {

template <typename Number> void append_little_endian(std::string& bytes, Number number)
{
    for (std::size_t i = 0; i < sizeof number; ++i) {
        bytes += static_cast<char>(number >> (8 * i) & 0xFF);
    }
}

void append_varint(std::string& bytes, std::uint64_t number)
{
    for (; number >= 0x80; number >>= 7) {
        bytes += static_cast<char>((number & 0x7F) | 0x80);
    }
    bytes += static_cast<char>(number);
}

/// TFRecord's: a checksum of data that holds checksums would be a bad one.
std::uint32_t masked_checksum(std::string_view bytes)
{
    return std::rotr(files::crc32c(bytes.data(), bytes.size()), 15) + 0xA282EAD8U;
}

}  // namespace

void Message::add_key(int field, unsigned wire_type)
{
    append_varint(bytes_, static_cast<std::uint64_t>(field) << 3 | wire_type);
}

Message& Message::add(int field, std::int64_t number)
{
    add_key(field, 0);
    append_varint(bytes_, static_cast<std::uint64_t>(number));
    return *this;
}

Message& Message::add(int field, double number)
{
    add_key(field, 1);
    append_little_endian(bytes_, std::bit_cast<std::uint64_t>(number));
    return *this;
}

Message& Message::add(int field, float number)
{
    add_key(field, 5);
    append_little_endian(bytes_, std::bit_cast<std::uint32_t>(number));
    return *this;
}

Message& Message::add(int field, std::string_view text)
{
    add_key(field, 2);
    append_varint(bytes_, text.size());
    bytes_ += text;
    return *this;
}

Message& Message::add(int field, const Message& message)
{
    return add(field, std::string_view(message.bytes_));
}

EventFile::EventFile(double wall_time_s)
{
    add_record(Message().add(1, wall_time_s).add(3, std::string_view("brain.Event:2")));
}

void EventFile::add_record(const Message& event)
{
    std::string length;
    append_little_endian(length, static_cast<std::uint64_t>(event.bytes().size()));
    bytes_ += length;
    append_little_endian(bytes_, masked_checksum(length));
    bytes_ += event.bytes();
    append_little_endian(bytes_, masked_checksum(event.bytes()));
}

void EventFile::add_summary(double wall_time_s, std::int64_t step, const Message& value)
{
    add_record(Message().add(1, wall_time_s).add(2, step).add(5, Message().add(1, value)));
}

void EventFile::add_scalar(std::string_view tag, double wall_time_s, std::int64_t step, double value)
{
    add_summary(wall_time_s, step, Message().add(1, tag).add(2, static_cast<float>(value)));
}

void EventFile::add_plugin_data(std::string_view tag, double wall_time_s, std::string_view plugin,
                                const Message& content)
{
    // TensorBoard keeps what has a tensor: one zero, as its own writer gives it.
    const Message shape = Message().add(2, Message().add(1, std::int64_t{1}));
    const Message tensor = Message().add(1, std::int64_t{1}).add(2, shape).add(5, 0.0F);
    const Message metadata =
        Message().add(1, Message().add(1, plugin).add(2, content)).add(4, std::int64_t{2});  // DATA_CLASS_TENSOR
    add_summary(wall_time_s, 0, Message().add(1, tag).add(8, tensor).add(9, metadata));
}

}  // namespace attnsweep::reports
