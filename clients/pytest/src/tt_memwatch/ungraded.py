"""What is said where no engine is there to judge: plain growth and bad markers, in pytest's own summary."""

from __future__ import annotations

from typing import Any

from tt_memwatch.growth_words import in_words
from tt_memwatch.running_test import TestInProgress

#: Tests listed in the summary; the others are counted.
LISTED_MAX = 50


class UngradedGrowth:
    """What each test left after garbage was collected and, where that is asked for, the program cache cleared."""

    def __init__(self) -> None:
        #: Node id -> what it left, in words.
        self.tests: dict[str, str] = {}
        #: Where a marker that cannot be read is -> what is wrong with it.
        self.bad_marks: dict[str, str] = {}

    def note(self, test: TestInProgress) -> None:
        self.tests[test.name] = in_words(test.grown)

    def note_bad_mark(self, place: str, fault: str) -> None:
        self.bad_marks[place] = fault

    def write(self, reporter: Any, problem: str) -> None:
        for place, fault in list(self.bad_marks.items())[:LISTED_MAX]:
            reporter.line(f"tt-memwatch: {place}: {fault}")
        if not self.tests:
            return
        reporter.section("tt-memwatch: device memory left behind, not graded")
        reporter.line(f"{problem}. Run `tt-memwatch run -- pytest ...` to learn which growth is a leak.")
        for test, words in list(self.tests.items())[:LISTED_MAX]:
            reporter.line(f"{test}  left {words}")
        if len(self.tests) > LISTED_MAX:
            reporter.line(f"... and {len(self.tests) - LISTED_MAX} more tests")
