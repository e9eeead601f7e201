#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/instrument_net.h"

namespace attnsweep::model {

/// Returns weights and statistics as bytes in the `safetensors` format (8 bytes of header length, a JSON header of name ->
/// dtype, shape, offsets; then the numbers, float32, little-endian, one tensor after the other), which other tools read.
/// Names are the paths of InstrumentNet::named_tensors; layouts are Keras': convolution kernels (H, W, in, out), dense
/// kernels (in, out). Equal weights give equal bytes. files::write_safetensors writes them to a file.
std::string to_bytes(const InstrumentNet& net);

/// Copies weights from to_bytes into `net`, on any device; ignores metadata in the header. Strict: throws Error naming
/// an entry that is missing, unknown or of another shape, or what is wrong with the bytes, such as numbers that belong
/// to no entry; `net` is then unchanged.
void from_bytes(InstrumentNet& net, std::string_view bytes);

/// Returns any list of named tensors (an optimizer's state) in the format of to_bytes, and reads them back as
/// from_bytes does. `what` names them in errors ("weights"). `metadata` stands in the header.
std::string tensors_to_bytes(const std::vector<NamedTensor>& tensors,
                             const std::map<std::string, std::string>& metadata = {});
void tensors_from_bytes(const std::vector<NamedTensor>& tensors, std::string_view bytes, const std::string& what);
/// Returns what the header's metadata says under this name, or nullopt if it has none.
std::optional<std::string> metadata_in(std::string_view bytes, const std::string& name, const std::string& what);

/// Convert a weight's layout to Keras' and back: (out, in, H, W) <-> (H, W, in, out), (out, in) <-> (in, out), if
/// `name` ends in "kernel"; others are returned unchanged.
at::Tensor to_keras_layout(const std::string& name, const at::Tensor& tensor);
at::Tensor from_keras_layout(const std::string& name, const at::Tensor& tensor);

}  // namespace attnsweep::model
