#!/usr/bin/env python3
"""Checks the Markdown documents, and runs the shell blocks in them.

    tests/docs/documents_test.py SOURCE_DIR [--bin DIR]     without --bin no block is run
    tests/docs/documents_test.py --self-test                shows that each kind of mistake is found

Of every *.md: each relative link and #anchor leads somewhere; each file, folder and test named in `backticks` is there; each fence
names its language. A block tagged `sh` must exit with 0; `sh no-run REASON` is counted and listed instead. Blocks run in order, each
document in a folder of its own. README.md runs first, where `recordings/` holds tones and `configs/` a paper.toml that trains in a
blink; every other document starts from a copy of what README.md left.
"""
import argparse
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from dataclasses import dataclass, field

BLOCK_LIMIT_S = 600  # a few seconds where nothing else runs
SHELLS = {"bash", "shell", "console", "zsh", "shell-session"}
CODE_FOLDERS = {"files", "configs", "data", "model", "scheduler", "store", "reports", "runner", "tests", "docs", "scripts", "cmake"}
TEXT_FILES = (".cpp", ".h", ".in", ".py", ".sh", ".md", ".toml", ".txt", ".sql", ".cmake", ".sbatch", ".json")

# Four configurations, two repeats: eight trials of a second each.
PAPER_SWEEP = """extends = "paper-full.toml"
[sweep]
repeats = 2
[data]
test_fraction = 0.2
validation_fraction = 0.2
[model]
first_filters = 2
heads = 2
dense_sizes = [16]
[training]
max_epochs = 2
[axes]
"model.attention_ratio" = [0, 0.25]
"""
PAPER_GEOMETRY = """[geometry]
sample_rate_hz = 22050
hop_samples = 2205
n_fft = 128
octaves = 5
bins_per_octave = 6
fmin_hz = 32.70319566257483
"""


@dataclass
class Block:
    line: int
    info: str
    text: str

    def language(self):
        return self.info.split()[0] if self.info else ""

    def words(self):
        return self.info.split()[1:]


@dataclass
class Document:
    name: str  # relative to the source folder
    anchors: set = field(default_factory=set)
    links: list = field(default_factory=list)  # (line, target)
    spans: list = field(default_factory=list)  # (line, code)
    blocks: list = field(default_factory=list)


def slug(heading, taken):
    """The anchor that GitHub gives a heading."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    text = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
    anchor, number = text, 0
    while anchor in taken:
        number += 1
        anchor = f"{text}-{number}"
    return anchor


def parse(name, text):
    document = Document(name)
    # Comments keep their lines, so that the numbers stay right.
    text = re.sub(r"<!--.*?-->", lambda comment: "\n" * comment[0].count("\n"), text, flags=re.S)
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if fence := re.match(r"\s*(`{3,}|~{3,})\s*(.*?)\s*$", line):
            body = []
            for _, inner in lines:
                if re.fullmatch(rf"\s*{fence[1][0]}{{{len(fence[1])},}}\s*", inner):
                    break
                body.append(inner)
            document.blocks.append(Block(number, fence[2], "\n".join(body) + "\n"))
            continue
        if heading := re.match(r"#{1,6}\s+(.*?)\s*#*$", line):
            document.anchors.add(slug(heading[1], document.anchors))
        document.anchors.update(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", line))
        document.spans += [(number, code) for code in re.findall(r"`([^`]+)`", line)]
        prose = re.sub(r"`[^`]*`", "``", line)
        targets = re.findall(r"\]\(\s*<?([^()\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)", prose)
        targets += re.findall(r"^\[[^\]]+\]:\s+(\S+)", prose) + re.findall(r"(?:href|src)=\"([^\"]+)\"", prose)
        document.links += [(number, target) for target in targets]
    return document


def documents_of(source):
    """README.md first: what it makes the others start from."""
    names = []
    for folder, inside, files in os.walk(source):
        top = pathlib.Path(folder) == source
        inside[:] = [each for each in inside if not each.startswith(".") and not (top and each in ("build", "demo"))]
        names += [pathlib.Path(folder, each).relative_to(source) for each in files if each.endswith(".md")]
    names.sort(key=lambda name: (str(name) != "README.md", str(name)))
    return {str(name): parse(str(name), (source / name).read_text(encoding="utf-8")) for name in names}


def link_error(source, documents, document, target):
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return None  # elsewhere
    path, _, anchor = urllib.parse.unquote(target).partition("#")
    if path.startswith("/"):
        return "is not relative"
    name = os.path.normpath(os.path.join(os.path.dirname(document.name), path)) if path else document.name
    if name.startswith("..") or not (source / name).exists():
        return "leads to no file"
    if not anchor:
        return None
    if name in documents:
        found = anchor in documents[name].anchors
    else:
        found = name.endswith(".html") and f'id="{anchor}"' in (source / name).read_text(encoding="utf-8")
    return None if found else f"leads to no heading or id of {name}"


def test_names(source):
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted((source / "tests").rglob("*"))
                     if file.suffix == ".cpp" or file.name == "CMakeLists.txt")
    return {".".join(pair) for pair in re.findall(r"\bTEST(?:_[FP])?\(\s*(\w+)\s*,\s*(\w+)\s*\)", text)} | set(
        re.findall(r"add_test\(NAME\s+(\S+)", text))


def span_error(source, tests, code):
    """Of what looks like a path of ours, or like the name of a test."""
    if re.fullmatch(r"[\w.-]+(/[\w.-]+)+/?", code) and code.split("/")[0] in CODE_FOLDERS:
        if code.endswith(TEXT_FILES + ("/",)) and "NAME" not in code and not (source / code).exists():
            return "is not there"
    if re.fullmatch(r"[A-Z]\w+\.[A-Z]\w+", code) and not code.endswith((".MD", ".TXT")) and code not in tests:
        return "is no test"
    return None


def block_error(block):
    if not block.language():
        return "a fence without a language"
    if block.language() in SHELLS:
        return f"a shell block tagged {block.language()}: tag it sh, or sh no-run REASON"
    if block.language() == "sh" and block.words() and block.words()[0] != "no-run":
        return f"sh {block.words()[0]}: expected sh, or sh no-run REASON"
    if block.language() == "sh" and block.words() == ["no-run"]:
        return "sh no-run without a reason"
    return None


def check(source, documents):
    """-> what is wrong, a line each."""
    tests = test_names(source)
    errors = []
    for document in documents.values():
        for line, target in document.links:
            if error := link_error(source, documents, document, target):
                errors.append(f"{document.name}:{line}: the link {target} {error}")
        for line, code in document.spans:
            if error := span_error(source, tests, code):
                errors.append(f"{document.name}:{line}: `{code}` {error}")
        errors += [f"{document.name}:{block.line}: {error}" for block in document.blocks if (error := block_error(block))]
    return errors


def runs(block):
    return block.language() == "sh" and not block.words()


def environment_of(source, programs):
    """As after `source env.sh`, with these programs first."""
    ready = subprocess.run(["bash", "-c", 'source "$0" && env -0', str(source / "env.sh")], capture_output=True, check=True)
    environment = dict(entry.split("=", 1) for entry in ready.stdout.decode().split("\0") if "=" in entry)
    environment["PATH"] = f"{programs}:{environment['PATH']}"
    return {name: value for name, value in environment.items() if not name.startswith(("ATTNSWEEP_", "SLURM_"))}


def begin(source, folder):
    """What a reader has before README.md's first command, made small."""
    shutil.copytree(source / "configs", folder / "configs", ignore=shutil.ignore_patterns("*.cpp", "*.h"))
    (folder / "configs/paper.toml").rename(folder / "configs/paper-full.toml")
    (folder / "configs/paper.toml").write_text(PAPER_SWEEP)
    (folder / "configs/data/paper-22050.toml").write_text(PAPER_GEOMETRY)
    subprocess.run([sys.executable, source / "tests/bench/throughput/tones.py", folder / "recordings"], check=True)


def run_blocks(document, folder, environment):
    """-> what failed (the first block that does ends it), and how many ran."""
    count = 0
    for block in filter(runs, document.blocks):
        count += 1
        start = time.monotonic()
        log = folder.parent / f"{folder.name}.log"
        with open(log, "wb") as output:
            shell = subprocess.Popen(["bash", "-euo", "pipefail", "-c", block.text], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                     stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
            try:
                code = shell.wait(BLOCK_LIMIT_S)
            except subprocess.TimeoutExpired:
                code = f"nothing after {BLOCK_LIMIT_S} s"
                os.killpg(shell.pid, signal.SIGKILL)
                shell.wait()
        print(f"{document.name}:{block.line}: {time.monotonic() - start:.1f} s", flush=True)
        if code != 0:
            said = log.read_text(encoding="utf-8", errors="replace")[-3000:]
            return [f"{document.name}:{block.line}: this block ended with {code}:\n{block.text}---- it said:\n{said}"], count
    return [], count


def run_all(source, documents, programs):
    if not os.access(programs / "attnsweep", os.X_OK):
        return [f"{programs}/attnsweep is not there: build first, or leave --bin out"], 0
    environment = environment_of(source, programs)
    errors, count = [], 0
    with tempfile.TemporaryDirectory(prefix="attnsweep-docs-") as work:
        folders = {}
        for document in documents.values():
            if not any(map(runs, document.blocks)):
                continue
            folder = folders[document.name] = pathlib.Path(work, document.name.replace("/", "-"))
            if "README.md" in folders and document.name != "README.md":
                shutil.copytree(folders["README.md"], folder, symlinks=True)
            else:
                folder.mkdir()
                begin(source, folder)
            failed, ran = run_blocks(document, folder, environment)
            errors, count = errors + failed, count + ran
    return errors, count


def self_test():
    good = "# A b\n[here](#a-b) [there](two.md#c-d) `tests/a.cpp` `Suite.Name`\n```sh\ntouch made\n```\n```sh\ntest -e made\n```\n"
    other = "# C, `d`\n# C, `d`\n[again](two.md#c-d-1) <!-- [not](looked.md) at -->\n```sh no-run GPUs\nfalse\n```\n"
    wrong = {
        "[a](missing.md)": "leads to no file",
        "[a](two.md#e)": "leads to no heading",
        "[![a](missing.png)](two.md)": "leads to no file",
        "[a](/two.md)": "is not relative",
        "[a](../two.md)": "leads to no file",
        "`tests/b.cpp`": "is not there",
        "`Suite.Other`": "is no test",
        "```\ntext\n```": "a fence without a language",
        "```sh no-run\nfalse\n```": "without a reason",
        "```sh maybe\nfalse\n```": "expected sh",
        "```bash\nfalse\n```": "tag it sh",
        "```sh\necho said; false\necho unsaid\n```": "it said:\nsaid\n",
        "```sh\nfalse | true\n```": "ended with 1",
    }
    for text, expected in [("", None)] + list(wrong.items()):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder)
            (source / "tests").mkdir()
            (source / "tests/a.cpp").write_text("TEST(Suite, Name)\n{\n}\n")
            (source / "README.md").write_text(good + "\n" + text + "\n")
            (source / "two.md").write_text(other)
            documents = documents_of(source)
            errors = check(source, documents) or run_blocks(documents["README.md"], source, dict(os.environ))[0]
            found = [error for error in errors if expected and expected in error]
            if len(errors) != len(found) or len(found) != (1 if expected else 0):
                sys.exit(f"self-test: of {text!r} expected {expected!r}, got {errors}")
    print(f"self-test: {len(wrong)} kinds of mistake are found")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path, nargs="?")
    parser.add_argument("--bin", type=pathlib.Path)
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    if options.source is None:
        parser.error("SOURCE_DIR is missing")
    source = options.source.resolve()
    documents = documents_of(source)
    errors = check(source, documents)
    start, ran = time.monotonic(), 0
    if options.bin:
        failed, ran = run_all(source, documents, options.bin.resolve())
        errors += failed
    left_out = [(document, block) for document in documents.values() for block in document.blocks
                if block.language() == "sh" and len(block.words()) > 1]
    links = sum(len(document.links) for document in documents.values())
    print(f"{len(documents)} documents, {links} links; {ran} blocks run in {time.monotonic() - start:.0f} s; {len(left_out)} not run:")
    for document, block in left_out:
        print(f"  {document.name}:{block.line}: {' '.join(block.words()[1:])}")
    for error in errors:
        print(f"error: {error}", file=sys.stderr)
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
