"""Prints the score of pytest's JUnit reports; ends with 1 unless every test passed."""

import sys
from pathlib import Path
from xml.etree import ElementTree


def count(report):
    """How many tests passed, were to be graded, and were left out by the suite itself."""
    passed = graded = skipped = 0
    for case in ElementTree.parse(report).iter("testcase"):
        if case.find("skipped") is not None:
            skipped += 1
            continue
        graded += 1
        passed += case.find("failure") is None and case.find("error") is None
    return passed, graded, skipped


def main(reports):
    totals, complete = (0, 0, 0), True
    for report in map(Path, reports):
        if not report.exists():
            print(f"{report.stem}: pytest did not finish")
            complete = False
            continue
        passed, graded, skipped = counts = count(report)
        print(f"{report.stem}: {passed} of {graded} passed, {skipped} left out by the suite")
        complete = complete and graded > 0
        totals = tuple(map(sum, zip(totals, counts)))
    passed, graded, _ = totals
    print(f"score: {passed} of {graded}")
    return 0 if complete and passed == graded else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
