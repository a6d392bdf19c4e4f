import { frameText, type RowOwners } from "./owners.ts";

/** What live memory can be ordered by; `callers`: the stack from the operation outwards, so that what allocates most is widest. */
export const GROUPINGS = ["line", "test", "operation", "holder", "stack", "callers"] as const;

export type Grouping = (typeof GROUPINGS)[number];

/** Part of what was live: what one line, test, operation or holder has. */
export interface LivePart {
  readonly name: string;
  readonly sizeBytes: number;
  readonly rows: readonly number[];
}

/** What is said where it is not known who made, or holds, a buffer. */
const NOT_KNOWN = "not known";

/** The live rows by what they have in common, largest first. */
export function liveGroups(rows: readonly number[], grouping: Grouping, owners: RowOwners): readonly LivePart[] {
  const groups = Map.groupBy(rows, (row) => groupName(row, grouping, owners));
  return [...groups]
    .map(([name, own]) => ({ name, rows: own, sizeBytes: own.reduce((sum, row) => sum + owners.sizeBytes(row), 0) }))
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes);
}

/** The names of a row from the widest to the narrowest: its way down in the tree of all that is live. */
export function pathOf(row: number, grouping: Grouping, owners: RowOwners): readonly string[] {
  const line = groupName(row, "line", owners);
  switch (grouping) {
    case "stack":
      return stackOf(row, owners);
    case "callers":
      return stackOf(row, owners).toReversed();
    case "line":
      return [line, groupName(row, "test", owners)];
    default:
      return [groupName(row, grouping, owners), line];
  }
}

/** What a row has in common with others. */
export function groupName(row: number, grouping: Grouping, owners: RowOwners): string {
  switch (grouping) {
    case "line":
    case "stack":
    case "callers":
      return owners.line(row) ?? NOT_KNOWN;
    case "test":
      return owners.test(row) ?? "outside of tests";
    case "operation":
      return owners.operation(row) ?? NOT_KNOWN;
    case "holder":
      return owners.holder(row) ?? "not looked for";
    default:
      return grouping satisfies never;
  }
}

/** Outermost first; the operation that allocated is the innermost. */
function stackOf(row: number, owners: RowOwners): readonly string[] {
  const frames = owners.stack(row).map(frameText).toReversed();
  const operation = owners.operation(row);
  const all = operation === null ? frames : [...frames, operation];
  return all.length === 0 ? [NOT_KNOWN] : all;
}
