import type { Verdict } from "../../core/model/finding.ts";

interface VerdictHelp {
  /** One sentence about memory of this verdict, without a period. */
  readonly what: string;
  /** What to do about it. */
  readonly todo: string;
}

/** What each verdict means and asks for, for reports that explain their rules. */
export const VERDICT_HELP: Readonly<Record<Verdict, VerdictHelp>> = {
  leak: {
    what: "Device memory that survived its test, and is large or was left more than once",
    todo: "Free it where the holder keeps it: drop the reference, or deallocate the tensor. It is over 100 MB, or several tests of the same code, a rerun or each repeat left the same.",
  },
  suspect: {
    what: "Device memory that survived its test, seen once",
    todo: "Run with --confirm to see whether it grows. If it is kept on purpose, move it to a wider fixture, or allow it with @pytest.mark.memwatch(limit=...).",
  },
  "over-limit": {
    what: "A test that had more device memory live at once than it may",
    todo: "Free what it no longer needs before it allocates more, or allow it with @pytest.mark.memwatch(peak=...).",
  },
  untrusted: {
    what: "Figures of tt-memwatch's own sources that disagree",
    todo: "Report it to the makers of tt-memwatch. The test is not to blame.",
  },
  fragmentation: {
    what: "Device memory that came back, while the largest free block did not",
    todo: "Free in the opposite order, or keep small long-lived buffers out of the middle.",
  },
  "held-by-failure": {
    what: "Device memory that only the traceback of the failed test held",
    todo: "Fix the test; the memory is freed with its traceback.",
  },
  "at-exit": {
    what: "Device memory that was freed only when its process ended",
    todo: "Nothing, if the process was meant to hold it until its end.",
  },
  "late-free": {
    what: "Device memory that was freed after its test, before the run ended",
    todo: "Nothing, unless a later test ran out of memory.",
  },
  retained: {
    what: "Device memory that was kept once and does not grow",
    todo: "Nothing, if it is kept on purpose.",
  },
  "program-cache": {
    what: "Device memory that went away when the program cache was cleared",
    todo: "Nothing: cached programs hold it.",
  },
  "untracked-free": {
    what: "Device memory of a kind whose frees early clients of an allocation server do not report",
    todo: "Nothing.",
  },
  expected: {
    what: "Device memory within a limit or a named rule",
    todo: "Nothing.",
  },
  "bad-mark": {
    what: "A test whose marker memwatch cannot be read, so that it is not judged",
    todo: "Correct the marker: the finding says which argument is wrong, and what is right.",
  },
  fixed: {
    what: "A leak that is marked or suppressed as known and was not there",
    todo: "Remove the mark from the test, or the suppression from its file, so that the leak fails if it comes back.",
  },
  "not-checked": {
    what: "A test or process that could not be measured",
    todo: "Read the reason in the finding, and make the device measurable.",
  },
};
