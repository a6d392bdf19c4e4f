import { isLazyList, LazyObject, partOf } from "../../../core/base/lazy-object.ts";
import { printable } from "../../../core/base/printable.ts";

/** The same with every text in it safe to show. Lists of numbers stay as they are. */
export function printableAll<T>(value: T): T {
  return safe(value) as T;
}

/** The same of what is made later. */
export function printableLazy<T extends object>({ fields }: LazyObject<T>): LazyObject<T> {
  const entries = Object.entries(fields).map(([name, field]) => [name, () => printablePart(partOf(field))]);
  return new LazyObject<T>(Object.fromEntries(entries));
}

function printablePart(part: unknown): unknown {
  if (part instanceof LazyObject) return printableLazy(part);
  return isLazyList(part) ? printableEach(part) : safe(part);
}

function* printableEach(list: Iterable<unknown>): Iterable<unknown> {
  for (const each of list) yield safe(each);
}

function safe(value: unknown): unknown {
  if (typeof value === "string") return printable(value);
  if (typeof value !== "object" || value === null) return value;
  if (!Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, safe(each)]));
  }
  return typeof value[0] === "number" ? value : value.map(safe);
}
