"""Prints the score of pytest's JUnit reports; ends with 1 unless every test passed.

Parts 1 to 3 are added up; every other part has a score of its own.
"""

import sys
from pathlib import Path
from xml.etree import ElementTree

_SUMMED = ("part1", "part2", "part3")


class Part:
    """How many tests of a report passed, were to be graded, and were left out, with reasons."""

    def __init__(self, report):
        self.passed = self.graded = self.left_out = 0
        self.not_bridged = []
        for case in ElementTree.parse(report).iter("testcase"):
            notes = {note.get("name"): note.get("value") for note in case.iter("property")}
            if "not bridged" in notes:
                self.not_bridged.append((case.get("name"), notes["not bridged"]))
            elif case.find("skipped") is not None or "left out" in notes:
                self.left_out += 1
            else:
                self.graded += 1
                self.passed += case.find("failure") is None and case.find("error") is None


def main(reports):
    passed = graded = 0
    complete = True
    lines = []
    for report in map(Path, reports):
        if not report.exists():
            print(f"{report.stem}: pytest did not finish")
            complete = False
            continue
        part = Part(report)
        score = f"{report.stem}: {part.passed} of {part.graded} passed"
        if report.stem in _SUMMED:
            print(f"{score}, {part.left_out} left out by the suite")
            passed, graded = passed + part.passed, graded + part.graded
            complete = complete and part.graded > 0 and not part.not_bridged
        else:
            lines.append(
                f"{score}, {part.left_out} left out by the suite, "
                f"{len(part.not_bridged)} not bridged"
            )
            complete = complete and part.passed == part.graded
        lines += [f"  {name}: {reason}" for name, reason in part.not_bridged]
    print(f"score: {passed} of {graded}")
    print(*lines, sep="\n", end="\n" if lines else "")
    return 0 if complete and passed == graded else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
