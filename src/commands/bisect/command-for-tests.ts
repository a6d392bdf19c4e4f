import { UsageError } from "../../core/base/usage-error.ts";
import type { ProcessRecord } from "../../core/model/run-record.ts";
import { pytestAt } from "../../out/report/offered-command.ts";

/** Linux takes 2 MB of arguments and environment; this leaves room for the latter. */
const ARGUMENTS_BYTES_MAX = 1_000_000;

/** The command with other tests. */
export type CommandForTests = (tests: readonly string[]) => readonly string[];

/**
 * How to run some of a command's tests: the paths that pytest was given are replaced by node ids, all else stays. Tests that several workers ran
 * are run by one process (`-n 0`), because they meet only there. Every version of pytest takes node ids as words; not all read them from a file.
 *
 * Throws UsageError where the paths are not among the command's words.
 */
export function commandForTests(
  command: readonly string[],
  processes: readonly Pick<ProcessRecord, "paths" | "info">[],
): CommandForTests {
  const paths = processes.find((process) => process.paths !== null)?.paths ?? null;
  if (paths === null) {
    throw new UsageError("bisect: it is not known which paths pytest was given: name at most 200 of them");
  }
  const start = (pytestAt(command) ?? 0) + 1;
  const words = withoutPaths(command.slice(start), paths);
  const isDistributed = processes.some(({ info }) => info.role === "worker");
  const kept = [...command.slice(0, start), ...words, ...(isDistributed ? ["-n", "0"] : [])];
  return (tests) => {
    const bytes = tests.reduce((sum, test) => sum + Buffer.byteLength(test) + 1, 0);
    if (bytes <= ARGUMENTS_BYTES_MAX) return [...kept, ...tests];
    throw new UsageError(
      `bisect: ${tests.length} tests are more than a command line takes (${ARGUMENTS_BYTES_MAX} bytes): name fewer paths`,
    );
  };
}

/** The last words are the likeliest to be paths: a value of an option may read the same. */
function withoutPaths(words: readonly string[], paths: readonly string[]): string[] {
  const kept = [...words];
  for (const path of paths.toReversed()) {
    const at = kept.lastIndexOf(path);
    if (at === -1) {
      throw new UsageError(
        `bisect: pytest was given ${JSON.stringify(path)} by its configuration or PYTEST_ADDOPTS: take it out there and name it in the command`,
      );
    }
    kept.splice(at, 1);
  }
  return kept;
}
