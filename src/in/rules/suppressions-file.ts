import { TomlDate } from "smol-toml";
import * as z from "zod";
import type { Suppression } from "../../core/model/suppression.ts";
import { checkToml, type TomlFaults } from "./toml-file.ts";
import { MemoryTypeName, Size } from "./toml-values.ts";

/** Most suppressions of a file: each finding of a run is held against each of them. */
export const SUPPRESSIONS_MAX = 2_000;

/** Longest pattern or text of an entry, in characters. */
export const SUPPRESSION_CHARACTERS_MAX = 4_000;

/** Most buffers that an entry can allow. */
const BUFFERS_MAX = 2 ** 32 - 1;

const WANTED_DATE = "wanted a date such as 2026-03-31";

/** A local date of TOML, or the same as a string. */
const Day = z.union([z.instanceof(TomlDate), z.string()], { error: WANTED_DATE }).transform((value, context) => {
  const text = typeof value === "string" ? value : value.isDate() ? value.toISOString() : "";
  if (z.iso.date().safeParse(text).success) return text;
  context.addIssue({ code: "custom", message: WANTED_DATE });
  return z.NEVER;
});

const Text = z
  .string()
  .min(1, "wanted some text")
  .max(SUPPRESSION_CHARACTERS_MAX, `wanted at most ${SUPPRESSION_CHARACTERS_MAX} characters`);

/** A memory type alone would accept all that is left there. */
const Entry = z
  .strictObject({
    reason: Text,
    owner: Text.optional(),
    ref: Text.optional(),
    signature: Text.optional(),
    tests: Text.optional(),
    "memory-type": MemoryTypeName.optional(),
    origin: Text.optional(),
    holder: Text.optional(),
    max: Size.optional(),
    "max-buffers": z.number().int().min(1).max(BUFFERS_MAX).optional(),
    until: Day.optional(),
  })
  .refine(
    ({ signature, tests, origin, holder }) => (signature ?? tests ?? origin ?? holder) !== undefined,
    'it matches everything; wanted signature, tests, origin or holder (tests = "*" for all)',
  );

const SuppressionsFile = z.strictObject({
  suppression: z.array(Entry).max(SUPPRESSIONS_MAX, `wanted at most ${SUPPRESSIONS_MAX} of them`).optional(),
});

/** A file's suppressions, or what is wrong with it. */
export type SuppressionsOrFaults =
  | { readonly kind: "suppressions"; readonly entries: readonly Suppression[] }
  | TomlFaults;

/** Suppressions from the text of a file called `name`. */
export function parseSuppressions(text: string, name: string): SuppressionsOrFaults {
  const checked = checkToml(text, name, SuppressionsFile, "is nothing that a suppression has");
  if (checked.kind === "faults") return checked;
  const { value, places } = checked;
  const entries = (value.suppression ?? []).map((entry, index) => {
    return toSuppression(entry, places.placeOf(["suppression", index])?.line ?? null);
  });
  return { kind: "suppressions", entries };
}

function toSuppression(entry: z.output<typeof Entry>, line: number | null): Suppression {
  const { reason, owner, ref, signature, tests, origin, holder, max, until } = entry;
  return {
    reason,
    owner: owner ?? null,
    ref: ref ?? null,
    signature: signature ?? null,
    tests: tests ?? null,
    memoryType: entry["memory-type"] ?? null,
    origin: origin ?? null,
    holder: holder ?? null,
    maxBytes: max ?? null,
    maxBuffers: entry["max-buffers"] ?? null,
    until: until ?? null,
    line,
  };
}
