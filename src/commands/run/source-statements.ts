import { isAbsolute, join } from "node:path";
import { shortHash } from "../../core/base/short-hash.ts";
import { statementAt } from "../../core/base/statement-at-line.ts";
import type { RecordedStatement } from "../../core/model/recording.ts";
import type { RunRecord } from "../../core/model/run-record.ts";
import type { StatementHashOf } from "../../core/verdicts/signature.ts";
import { readTextFile } from "../../files/open-outside-file.ts";

/** No source code is larger, in bytes. */
const SOURCE_BYTES_MAX = 4 * 1024 * 1024;

/** The statements that findings come from, out of the suite's files as they are when the command has ended. */
export class SourceStatements {
  readonly #rootDirs: readonly string[];
  readonly #files = new Map<string, readonly string[]>();
  readonly #asked = new Map<string, RecordedStatement>();

  constructor({ processes }: Pick<RunRecord, "processes">) {
    this.#rootDirs = [...new Set(processes.map(({ info }) => info.rootDir))];
  }

  /** A file that is not there, or is no Python file of at most 4 MB, has no statements. */
  readonly hashOf: StatementHashOf = (file, line) => {
    const statement = statementAt(this.#linesOf(file), line);
    if (statement === null) return null;
    const hash = shortHash(statement);
    this.#asked.set(`${file}:${line}`, { file, line, hash });
    return hash;
  };

  /** What was asked for and found: what a recording needs to be judged the same when the files have changed. */
  asked(): readonly RecordedStatement[] {
    return [...this.#asked.values()];
  }

  #linesOf(file: string): readonly string[] {
    const known = this.#files.get(file);
    if (known !== undefined) return known;
    const paths = isAbsolute(file) ? [file] : this.#rootDirs.map((folder) => join(folder, file));
    const lines = file.endsWith(".py") ? (paths.map(readLines).find((found) => found !== null) ?? []) : [];
    this.#files.set(file, lines);
    return lines;
  }
}

function readLines(path: string): readonly string[] | null {
  try {
    return readTextFile(path, SOURCE_BYTES_MAX).split(/\r\n|\r|\n/);
  } catch {
    // A signature is made without it: docs/formats.md says so.
    return null;
  }
}

/** The same from a recording, which has hashes alone. */
export function recordedStatements(statements: readonly RecordedStatement[]): StatementHashOf {
  const hashes = new Map(statements.map(({ file, line, hash }) => [`${file}:${line}`, hash]));
  return (file, line) => hashes.get(`${file}:${line}`) ?? null;
}
