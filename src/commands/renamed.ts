import type { Io } from "./io.ts";

/** An option or variable that has another name now; the old one goes on working. */
export interface Renamed {
  readonly was: string;
  readonly now: string;
  readonly isUsed: boolean;
}

/** Says of each old name that is used what it is called now, a line each. */
export function sayRenamed(names: readonly Renamed[], { stderr }: Pick<Io, "stderr">): void {
  for (const { was, now, isUsed } of names) {
    if (isUsed) stderr.write(`tt-memwatch: ${was} is called ${now} now; the old name still works\n`);
  }
}
