import type { Generated, Insertable, Kysely } from "kysely";
import type { MemoryType } from "../../core/model/memory-type.ts";

// The tables of the history, alike in SQLite and PostgreSQL: what is true or false is 1 or 0, a time is in ms since 1970, and
// what is only ever read as a whole is JSON.

/** A run. */
export interface RunTable {
  readonly id: Generated<number>;
  readonly run: string;
  readonly at_ms: number;
  readonly duration_ms: number;
  readonly command: string;
  readonly cwd: string;
  readonly engine: string;
  readonly ttnn: string | null;
  readonly python: string | null;
  readonly host: string | null;
  readonly commit_id: string | null;
  readonly branch: string | null;
  readonly board: string | null;
  readonly job: string | null;
  readonly exit_code: number;
  readonly command_exit_code: number | null;
  readonly tests_checked: number;
  readonly tests_not_checked: number;
  readonly tests_no_device: number;
  readonly findings_left: number;
  readonly findings_failing: number;
  readonly left_bytes: number;
  /** Of the line that `history export` writes. */
  readonly export_bytes: number;
}

/** What the user said of a run, but for what has a column there. */
interface LabelTable {
  readonly run_id: number;
  readonly name: string;
  readonly value: string;
}

/** Each node id once. */
interface TestTable {
  readonly id: Generated<number>;
  readonly name: string;
  /** Without file and parameters: what it keeps when it moves. */
  readonly subject: string;
  /** Of the first run that had it. */
  readonly first_ms: number;
}

/** What one run says of one test. */
type ResultTable = {
  readonly run_id: number;
  readonly test_id: number;
  readonly at_ms: number;
  /** 1: it was checked and passed, so what it did not leave is gone; 2: but not what a wider fixture of it left, because its process went away. */
  readonly is_checked: number;
  readonly state: string;
  readonly outcome: string | null;
  readonly duration_ms: number | null;
} & { readonly [K in AmountColumn]: number | null };

/** Bytes: `left_dram`, `peak_l1`. */
export type AmountColumn = `${"left" | "peak"}_${Lowercase<MemoryType>}`;

/** Each signature once. */
interface SignatureTable {
  readonly id: Generated<number>;
  readonly name: string;
  /** Of the row that an earlier version's name of the same has, or its own. */
  readonly root_id: number | null;
  /** The name in it, as `test.subject`. */
  readonly subject: string;
}

/** What one run found. */
interface FindingTable {
  readonly run_id: number;
  /** In the run's order. */
  readonly position: number;
  /** The root of its signature. */
  readonly signature_id: number;
  readonly test_id: number | null;
  readonly at_ms: number;
  /** Whether states are about it. */
  readonly is_left: number;
  readonly verdict: string;
  readonly attempt: number;
  readonly device: number | null;
  readonly memory_type: string | null;
  readonly size_bytes: number;
  readonly buffers: number;
  readonly fails: number;
  /** Origin, holders, and who knows of it. */
  readonly detail: string;
}

export interface Tables {
  readonly memwatch_run: RunTable;
  readonly memwatch_label: LabelTable;
  readonly memwatch_test: TestTable;
  readonly memwatch_result: ResultTable;
  readonly memwatch_signature: SignatureTable;
  readonly memwatch_finding: FindingTable;
}

export type Db = Kysely<Tables>;

export type NewRow<T extends keyof Tables> = Insertable<Tables[T]>;
