"""A disk after the power failed: rebuilt from the shim's trace up to some call, with what was not synced lost or out of order.

Stricter than ext4 in its usual mode: a file's sync does not make its name durable, only its folder's does; names may reach the
disk before data and in any order; of a file's unsynced writes any may be there, and one of them in part (512-byte sectors).
A rename within a folder is one step.
"""
import pathlib
import struct
from enum import IntEnum

SECTOR = 512
FOLDER = object()
_HEADER = struct.Struct("<IIIIQq")


class Op(IntEnum):
    create = 1
    write = 2
    truncate = 3
    sync = 4
    rename = 5
    unlink = 6
    make_folder = 7
    sync_folder = 8
    said = 9
    link = 10
    sync_all = 11


class Call:
    def __init__(self, op, path, other, inode, offset, data):
        self.op, self.path, self.other, self.inode, self.offset, self.data = op, path, other, inode, offset, data


def read_trace(path):
    """The calls, in their order."""
    bytes_ = memoryview(pathlib.Path(path).read_bytes())
    calls, at = [], 0
    while at < len(bytes_):
        op, path_size, other_size, data_size, inode, offset = _HEADER.unpack_from(bytes_, at)
        at += _HEADER.size
        path = str(bytes_[at:at + path_size], "utf-8")
        other = str(bytes_[at + path_size:at + path_size + other_size], "utf-8")
        at += path_size + other_size
        calls.append(Call(Op(op), path.removesuffix(" (deleted)"), other, inode, offset, bytes(bytes_[at:at + data_size])))
        at += data_size
    return calls


def apply(content, change):
    """A write (offset, bytes) or a truncation (size, None)."""
    offset, data = change
    if data is None:
        if offset < len(content):
            del content[offset:]
        else:
            content.extend(bytes(offset - len(content)))
        return
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset:offset + len(data)] = data


class File:
    def __init__(self):
        self.durable = bytearray()
        self.unsynced = []

    def sync(self):
        for change in self.unsynced:
            apply(self.durable, change)
        self.unsynced = []


class Disk:
    """Fed with calls; `swallowed` tells of syncs that are not to count (the negative controls)."""

    def __init__(self, swallowed=lambda call: False):
        self.swallowed = swallowed
        self.files = {}    # by inode
        self.durable = {}  # path -> File or FOLDER
        self.changes = []  # of names, unsynced, in order: (folder, [paths gone], {paths come: what})
        self.now = {}      # names as the programs see them

    def change_names(self, path, gone, come):
        self.changes.append((str(pathlib.PurePath(path).parent), gone, come))
        for name in gone:
            self.now.pop(name, None)
        self.now.update(come)

    def feed(self, call):
        op = call.op
        if op == Op.create:
            self.files[call.inode] = File()
            self.change_names(call.path, [], {call.path: self.files[call.inode]})
        elif op in (Op.write, Op.truncate):
            # A file that was there before the trace began, or that stdio made.
            file = self.files.setdefault(call.inode, File())
            file.unsynced.append((call.offset, call.data if op == Op.write else None))
        elif op == Op.sync and not self.swallowed(call):
            self.files.setdefault(call.inode, File()).sync()
        elif op == Op.rename:
            self.change_names(call.path, [call.path], {call.other: self.now[call.path]})
        elif op == Op.link:
            self.change_names(call.other, [], {call.other: self.now[call.path]})
        elif op == Op.unlink:
            self.change_names(call.path, [call.path], {})
        elif op == Op.make_folder:
            self.change_names(call.path, [], {call.path: FOLDER})
        elif op == Op.sync_folder and not self.swallowed(call):
            for change in self.changes:
                if change[0] == call.path:
                    self.keep(self.durable, change)
            self.changes = [change for change in self.changes if change[0] != call.path]
        elif op == Op.sync_all and not self.swallowed(call):
            for file in self.files.values():
                file.sync()
            for change in self.changes:
                self.keep(self.durable, change)
            self.changes = []

    @staticmethod
    def keep(names, change):
        for name in change[1]:
            names.pop(name, None)
        names.update(change[2])

    def after_power_failed(self, dice):
        """-> {path: bytes or FOLDER}, as one of many ways it may have gone."""
        names = dict(self.durable)
        how = dice.choice(("none", "all", "in order", "any"))
        until = dice.randint(0, len(self.changes))
        for index, change in enumerate(self.changes):
            if how == "all" or (how == "in order" and index < until) or (how == "any" and dice.random() < 0.5):
                self.keep(names, change)
        how = dice.choice(("none", "all", "any", "any"))
        contents = {}
        for name, what in sorted(names.items()):
            if what is not FOLDER:
                contents[name] = self.content(what, how, dice)
            else:
                contents[name] = FOLDER
        return contents

    @staticmethod
    def content(file, how, dice):
        content = bytearray(file.durable)
        for change in file.unsynced:
            if how == "none" or (how == "any" and dice.random() < 0.5):
                continue
            offset, data = change
            if how == "any" and data is not None and len(data) > SECTOR and dice.random() < 0.3:
                first = dice.randrange(0, len(data), SECTOR)
                apply(content, (offset + first, data[first:first + SECTOR * dice.randint(1, 8)]))
            else:
                apply(content, change)
        return bytes(content)


def put(contents, before, folder):
    """Writes a disk's contents below `folder`; `before` is where they lay. What has no folder any more is lost with it."""
    folder.mkdir()
    for name, what in sorted(contents.items()):
        path = folder / pathlib.PurePath(name).relative_to(before)
        if path == folder or not path.parent.is_dir():
            continue
        if what is FOLDER:
            path.mkdir()
        else:
            path.write_bytes(what)
