import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import type { Tables } from "./tables.ts";

/** Which runs are meant; what is null does not matter. */
export interface RunFilter {
  readonly branch: string | null;
  readonly host: string | null;
  readonly board: string | null;
  readonly labels: ReadonlyMap<string, string>;
  /** Runs that began before then, in ms since 1970. */
  readonly beforeMs: number | null;
}

/** All runs. */
export const ALL_RUNS: RunFilter = { branch: null, host: null, board: null, labels: new Map(), beforeMs: null };

/** Whether all runs are meant. */
export function isEverything({ branch, host, board, labels, beforeMs }: RunFilter): boolean {
  return branch === null && host === null && board === null && labels.size === 0 && beforeMs === null;
}

/** The condition on `memwatch_run`. */
export function ofRuns(filter: RunFilter): (builder: ExpressionBuilder<Tables, "memwatch_run">) => Expression<SqlBool> {
  return (builder) => {
    const named = (["branch", "host", "board"] as const).flatMap((name) => {
      const value = filter[name];
      return value === null ? [] : [builder(`memwatch_run.${name}`, "=", value)];
    });
    const labels = [...filter.labels].map(([name, value]) =>
      builder.exists(
        builder
          .selectFrom("memwatch_label")
          .select("memwatch_label.run_id")
          .whereRef("memwatch_label.run_id", "=", "memwatch_run.id")
          .where("memwatch_label.name", "=", name)
          .where("memwatch_label.value", "=", value),
      ),
    );
    const { beforeMs } = filter;
    const before = beforeMs === null ? [] : [builder("memwatch_run.at_ms", "<", beforeMs)];
    return builder.and([...named, ...labels, ...before]);
  };
}
