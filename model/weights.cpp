#include "model/weights.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "model/error.h"

namespace attnsweep::model {

static_assert(std::endian::native == std::endian::little, "safetensors is little-endian; so is this code");

namespace {

std::string shape_text(const std::vector<std::int64_t>& shape)
{
    std::string text = "(";
    for (const auto size : shape) {
        text += (text.size() == 1 ? "" : ", ") + std::to_string(size);
    }
    return text + ")";
}

// Shape of an entry and the place of its numbers in the bytes.
struct Entry {
    std::vector<std::int64_t> shape;
    const char* data = nullptr;
    std::uint64_t begin = 0, end = 0;  // of the numbers of all
};

constexpr std::size_t prefix_bytes = 8;
constexpr const char* metadata_entry = "__metadata__";

// Returns whether the entries' numbers follow one another and fill the bytes, as the format demands.
bool are_contiguous(const std::map<std::string, Entry>& entries, std::uint64_t all)
{
    std::vector<std::pair<std::uint64_t, std::uint64_t>> parts;
    parts.reserve(entries.size());
    for (const auto& [name, entry] : entries) {
        parts.emplace_back(entry.begin, entry.end);
    }
    std::sort(parts.begin(), parts.end());
    std::uint64_t reached = 0;
    for (const auto& [begin, end] : parts) {
        if (begin != reached) {
            return false;
        }
        reached = end;
    }
    return reached == all;
}

Error damaged(const std::string& what, const std::string& why)
{
    return Error(what + " cannot be read: " + why +
                 "; expected bytes in the safetensors format as this program writes them");
}

// Returns the JSON text of the header.
std::string_view header_of(std::string_view bytes, const std::string& what)
{
    std::uint64_t header_bytes = 0;
    if (bytes.size() < prefix_bytes) {
        throw damaged(what, std::to_string(bytes.size()) + " bytes are too few");
    }
    std::memcpy(&header_bytes, bytes.data(), prefix_bytes);
    if (header_bytes > bytes.size() - prefix_bytes) {
        throw damaged(what, "the header would be longer than the " + std::to_string(bytes.size()) + " bytes");
    }
    return bytes.substr(prefix_bytes, header_bytes);
}

Error bad_header(const std::string& what, const nlohmann::json::exception& error)
{
    return damaged(what, std::string("its header is not a valid JSON description (") + error.what() + ")");
}

std::map<std::string, Entry> read_entries(std::string_view bytes, const std::string& what)
{
    const std::string_view text = header_of(bytes, what);
    const std::string_view numbers = bytes.substr(prefix_bytes + text.size());
    std::map<std::string, Entry> entries;
    try {
        const auto header = nlohmann::json::parse(text);
        for (const auto& [name, description] : header.items()) {
            if (name == metadata_entry) {
                continue;
            }
            Entry entry;
            std::uint64_t numel = 1;
            for (const auto& size : description.at("shape")) {
                entry.shape.push_back(size.get<std::int64_t>());
                if (entry.shape.back() < 0 ||
                    (entry.shape.back() > 0 && numel > (std::uint64_t{1} << 40) / entry.shape.back())) {
                    throw damaged(what, name + " has the shape " + shape_text(entry.shape));
                }
                numel *= static_cast<std::uint64_t>(entry.shape.back());
            }
            const auto begin = description.at("data_offsets").at(0).get<std::uint64_t>();
            const auto end = description.at("data_offsets").at(1).get<std::uint64_t>();
            if (description.at("dtype") != "F32" || begin > end || end > numbers.size() ||
                end - begin != numel * sizeof(float)) {
                throw damaged(what, name + " is not float32 data of its shape within the bytes");
            }
            entry.data = numbers.data() + begin;
            entry.begin = begin;
            entry.end = end;
            entries.emplace(name, std::move(entry));
        }
    } catch (const nlohmann::json::exception& error) {
        throw bad_header(what, error);
    }
    if (!are_contiguous(entries, numbers.size())) {
        throw damaged(what, "its entries leave out numbers or share some");
    }
    return entries;
}

}  // namespace

at::Tensor to_keras_layout(const std::string& name, const at::Tensor& tensor)
{
    if (!name.ends_with("kernel")) {
        return tensor;
    }
    return tensor.dim() == 4 ? tensor.permute({2, 3, 1, 0}) : tensor.t();
}

at::Tensor from_keras_layout(const std::string& name, const at::Tensor& tensor)
{
    if (!name.ends_with("kernel")) {
        return tensor;
    }
    return tensor.dim() == 4 ? tensor.permute({3, 2, 0, 1}) : tensor.t();
}

std::string tensors_to_bytes(const std::vector<NamedTensor>& tensors,
                             const std::map<std::string, std::string>& metadata)
{
    nlohmann::json header = nlohmann::json::object();  // sorts its keys
    if (!metadata.empty()) {
        header[metadata_entry] = metadata;
    }
    std::uint64_t offset = 0;
    for (const NamedTensor& entry : tensors) {
        const std::uint64_t size = static_cast<std::uint64_t>(entry.tensor.numel()) * sizeof(float);
        header[entry.name] = {{"dtype", "F32"},
                              {"shape", to_keras_layout(entry.name, entry.tensor).sizes().vec()},
                              {"data_offsets", {offset, offset + size}}};
        offset += size;
    }
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');  // keeps the numbers aligned where the file is mapped

    std::string bytes;
    bytes.reserve(prefix_bytes + text.size() + offset);
    const std::uint64_t header_bytes = text.size();
    bytes.append(reinterpret_cast<const char*>(&header_bytes), prefix_bytes);
    bytes += text;
    for (const NamedTensor& entry : tensors) {
        const at::Tensor plain =
            to_keras_layout(entry.name, entry.tensor.detach().to(at::kCPU, at::kFloat)).contiguous();
        bytes.append(reinterpret_cast<const char*>(plain.const_data_ptr<float>()), plain.nbytes());
    }
    return bytes;
}

void tensors_from_bytes(const std::vector<NamedTensor>& tensors, std::string_view bytes, const std::string& what)
{
    const std::map<std::string, Entry> entries = read_entries(bytes, what);
    std::string problems;
    for (const NamedTensor& wanted : tensors) {
        const auto found = entries.find(wanted.name);
        const auto shape = to_keras_layout(wanted.name, wanted.tensor).sizes().vec();
        if (found == entries.end()) {
            problems += "\n  missing: " + wanted.name + " " + shape_text(shape);
        } else if (found->second.shape != shape) {
            problems +=
                "\n  " + wanted.name + " is " + shape_text(found->second.shape) + ", expected " + shape_text(shape);
        }
    }
    std::map<std::string, bool> known;
    for (const NamedTensor& wanted : tensors) {
        known[wanted.name] = true;
    }
    for (const auto& [name, entry] : entries) {
        if (!known.contains(name)) {
            problems += "\n  unknown: " + name + " " + shape_text(entry.shape);
        }
    }
    if (!problems.empty()) {
        throw Error(what + " of another network:" + problems);
    }
    at::NoGradGuard no_grad;
    for (const NamedTensor& wanted : tensors) {
        const Entry& entry = entries.at(wanted.name);
        const at::Tensor read = at::empty(entry.shape, at::kFloat);
        std::memcpy(read.data_ptr<float>(), entry.data, read.nbytes());
        at::Tensor target = wanted.tensor;
        target.copy_(from_keras_layout(wanted.name, read));
    }
}

std::optional<std::string> metadata_in(std::string_view bytes, const std::string& name, const std::string& what)
{
    try {
        const nlohmann::json header = nlohmann::json::parse(header_of(bytes, what));
        const nlohmann::json metadata = header.value(metadata_entry, nlohmann::json::object());
        return metadata.contains(name) ? std::optional(metadata.at(name).get<std::string>()) : std::nullopt;
    } catch (const nlohmann::json::exception& error) {
        throw bad_header(what, error);
    }
}

std::string to_bytes(const InstrumentNet& net)
{
    return tensors_to_bytes(net.named_tensors());
}

void from_bytes(InstrumentNet& net, std::string_view bytes)
{
    tensors_from_bytes(net.named_tensors(), bytes, "weights");
}

}  // namespace attnsweep::model
