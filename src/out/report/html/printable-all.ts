import { printable } from "../../../core/base/printable.ts";

/** The same with every text in it safe to show. Lists of numbers stay as they are. */
export function printableAll<T>(value: T): T {
  return made(value) as T;
}

function made(value: unknown): unknown {
  if (typeof value === "string") return printable(value);
  if (typeof value !== "object" || value === null) return value;
  if (!Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, made(each)]));
  }
  return typeof value[0] === "number" ? value : value.map(made);
}
