"""The operators that libtorch itself calls non-deterministic, read from its libraries.

An operator without a deterministic implementation passes its name to at::Context::alertNotDeterministic(std::string_view),
which throws when deterministic algorithms are demanded. The names are found as the compiler left them: at each call of that
function, the address of a constant text is loaded shortly before.

    nondeterministic_operators.py LIBRARY...      prints the names, one a line
"""
import mmap
import re
import struct
import sys

import numpy

FUNCTION = b"alertNotDeterministic"
CALL = 0xE8


class Library:
    """The parts of a 64-bit ELF library that name what it calls."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.image = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        table, = struct.unpack_from("<Q", self.image, 0x28)
        size, count, names = struct.unpack_from("<HHH", self.image, 0x3A)
        rows = [struct.unpack_from("<IIQQQQIIQQ", self.image, table + i * size) for i in range(count)]
        # Per section: address in memory, offset in the file, size.
        self.sections = {self.text_at(rows[names][4] + row[0]): row[3:6] for row in rows}

    def text_at(self, offset):
        return self.image[offset:self.image.find(b"\0", offset)]

    def array(self, section, fields):
        _, offset, size = self.sections[section]
        kind = numpy.dtype(fields)
        return numpy.frombuffer(self.image, dtype=kind, count=size // kind.itemsize, offset=offset)

    def constant(self, address):
        start, offset, size = self.sections[b".rodata"]
        return self.text_at(offset + address - start) if start <= address < start + size else b""


def entries(library):
    """The addresses at which FUNCTION can be called: the function itself, and its entries in the linkage table."""
    symbols = library.array(b".dynsym", [("name", "<u4"), ("rest", "<u4"), ("value", "<u8"), ("size", "<u8")])
    _, offset, size = library.sections[b".dynstr"]
    table = library.image[offset:offset + size]
    starts = [table.rfind(b"\0", 0, found.start()) + 1 for found in re.finditer(FUNCTION, table)]
    indices = numpy.flatnonzero(numpy.isin(symbols["name"], starts))
    found = {int(symbols["value"][i]) for i in indices} - {0}
    slots = set()
    for section in (b".rela.plt", b".rela.dyn"):
        relocations = library.array(section, [("offset", "<u8"), ("info", "<u8"), ("addend", "<i8")])
        slots |= {int(one) for one in relocations["offset"][numpy.isin(relocations["info"] >> 32, indices)]}
    for section in (b".plt", b".plt.sec", b".plt.got"):
        if section in library.sections:
            start, offset, size = library.sections[section]
            code = library.image[offset:offset + size]
            for jump in re.finditer(rb"\xff\x25(?s:....)", code):
                to = start + jump.end() + struct.unpack_from("<i", code, jump.start() + 2)[0]
                if to in slots:
                    # An entry may begin with endbr64 (4 bytes) and a prefix of the jump (1 byte).
                    found |= {start + jump.start() - before for before in (0, 1, 4, 5)}
    return found


def calls(code, base, targets):
    """The offsets in `code` of the calls of `targets`."""
    found = []
    block = 1 << 26
    for start in range(0, len(code), block):
        part = code[start:start + block + 4]
        at = numpy.flatnonzero(part[:-4] == CALL)
        distance = sum(part[at + 1 + i].astype(numpy.int64) << (8 * i) for i in range(4))
        distance = numpy.where(distance >= 1 << 31, distance - (1 << 32), distance)
        found += [start + int(one) for one in at[numpy.isin(base + start + at + 5 + distance, list(targets))]]
    return found


def names(path):
    """The names in one library. Raises ValueError if a call's text is not found."""
    library = Library(path)
    base, _, _ = library.sections[b".text"]
    code = library.array(b".text", [("byte", "u1")])["byte"]
    result = set()
    for call in calls(code, base, entries(library)):
        before = code[max(0, call - 160):call].tobytes()
        text = ""
        for load in re.finditer(rb"[\x48\x4c]\x8d[\x05\x0d\x15\x1d\x25\x2d\x35\x3d](?s:....)", before):  # lea ..., [rip + n]
            address = base + call - len(before) + load.end() + struct.unpack_from("<i", before, load.start() + 3)[0]
            constant = library.constant(address)
            if re.fullmatch(rb"[ -~]{3,120}", constant):
                text = constant.decode()
        if not text:
            raise ValueError(f"{path}: the call of {FUNCTION.decode()} at {base + call:#x} names no operator that this script finds")
        result.add(text)
    return result


def main():
    for path in sys.argv[1:]:
        print("\n".join(sorted(names(path))))


if __name__ == "__main__":
    main()
