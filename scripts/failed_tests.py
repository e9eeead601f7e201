#!/usr/bin/env python3
"""Prints the end of what each failed test wrote, and ctest's summary once more: in a log of 1,200 tests that several jobs wrote at
once, and of which a server may show the end alone, the reason of a failure is otherwise far from its name.

    scripts/failed_tests.py build/release/tests.xml build/release/tests.log
"""
import sys
import xml.etree.ElementTree as ElementTree

LINES = 40  # of each failed test


def main(results, log):
    for test in ElementTree.parse(results).getroot().iter("testcase"):
        if test.get("status") != "fail":
            continue
        output = (test.findtext("system-out") or "").splitlines()
        print(f"\n== {test.get('name')} failed after {float(test.get('time', 0)):.0f} s; the last {min(LINES, len(output))} of its "
              f"{len(output)} lines:")
        print("\n".join(line[:400] for line in output[-LINES:]))
    with open(log, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    summary = next((i for i, line in enumerate(lines) if " tests passed, " in line), len(lines))
    print("\n" + "\n".join(lines[summary:]))


if __name__ == "__main__":
    main(*sys.argv[1:])
