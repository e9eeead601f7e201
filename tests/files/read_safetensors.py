"""Reads a safetensors file as strictly as the format asks (github.com/huggingface/safetensors, README, "Format"), with the
standard library alone: what another tool makes of our weights. Prints the tensors as JSON, name by name, and the metadata;
ends with 1 and the reason where the file is not valid."""

import json
import math
import struct
import sys


def unique(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        sys.exit("a name stands twice")
    return dict(pairs)


data = open(sys.argv[1], "rb").read()
if len(data) < 8:
    sys.exit("no header length")
(length,) = struct.unpack("<Q", data[:8])
if length > min(100_000_000, len(data) - 8):
    sys.exit("the header is longer than the file")
text = data[8 : 8 + length].decode("utf-8")
if not text.startswith("{"):
    sys.exit("the header does not begin with {")
header = json.loads(text, object_pairs_hook=unique)
metadata = header.pop("__metadata__", {})
if not all(isinstance(value, str) for value in metadata.values()):
    sys.exit("metadata that is no text")
numbers = data[8 + length :]
reached = 0
for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
    if set(entry) != {"dtype", "shape", "data_offsets"} or entry["dtype"] != "F32":
        sys.exit(f"{name}: not a description of float32 numbers")
    begin, end = entry["data_offsets"]
    if begin != reached:
        sys.exit(f"{name}: a hole or an overlap at {begin}")
    if end - begin != 4 * math.prod(entry["shape"]):
        sys.exit(f"{name}: not as many bytes as its shape asks for")
    reached = end
if reached != len(numbers):
    sys.exit(f"{len(numbers) - reached} bytes follow the last tensor")
tensors = {}
for name, entry in header.items():
    begin, end = entry["data_offsets"]
    values = struct.unpack(f"<{(end - begin) // 4}f", numbers[begin:end])
    tensors[name] = {"shape": entry["shape"], "first": values[:3], "sum": math.fsum(values)}
print(json.dumps({"metadata": metadata, "tensors": tensors}))
