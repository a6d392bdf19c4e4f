import type { Leftover } from "../model/comparison.ts";
import { generalised } from "../model/group-by-cause.ts";
import type { Joined } from "./join-leftovers.ts";
import { ownerOf } from "./leftover-owner.ts";

type JoinedLeftover = Joined<Leftover, Leftover>;

/**
 * Joins what is on one side only with what is on the other: of one memory type and test, and made by one operation in one function and
 * held by one path, but of another size. A signature has the class of its largest buffer's size in it, so what grows becomes another one once in a
 * while, and people take it for what it was. Where two could be meant, none is.
 */
export function joinResized(all: readonly JoinedLeftover[]): readonly JoinedLeftover[] {
  const before = uniqueByCause(all.flatMap((each) => (each.after === null && each.before !== null ? each.before : [])));
  const after = uniqueByCause(all.flatMap((each) => (each.before === null && each.after !== null ? each.after : [])));
  const earlier = new Map(
    [...after].flatMap(([cause, leftover]) => {
      const other = before.get(cause);
      return other === undefined || other.sizeBytes === leftover.sizeBytes ? [] : [[leftover, other] as const];
    }),
  );
  const taken = new Set<Leftover | null>(earlier.values());
  return all
    .filter((each) => each.after !== null || !taken.has(each.before))
    .map((each) =>
      each.before !== null || each.after === null ? each : { ...each, before: earlier.get(each.after) ?? null },
    );
}

function uniqueByCause(leftovers: readonly Leftover[]): ReadonlyMap<string, Leftover> {
  const groups = Map.groupBy(leftovers, causeOf);
  return new Map(
    [...groups].flatMap(([cause, [first, ...others]]) =>
      cause === null || first === undefined || others.length > 0 ? [] : [[cause, first] as const],
    ),
  );
}

/** null: neither who made it is known nor who holds it. */
function causeOf(leftover: Leftover): string | null {
  const { memoryType, origin, holder } = leftover;
  if (origin === null && holder === null) return null;
  const made = origin === null ? null : [origin.operation, origin.file, origin.function];
  return JSON.stringify([memoryType, ownerOf(leftover), made, holder === null ? null : generalised(holder)]);
}
