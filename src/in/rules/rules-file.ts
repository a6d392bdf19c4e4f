import { readFileSync } from "node:fs";
import * as z from "zod";
import { VERDICTS } from "../../core/model/finding.ts";
import type { Rules } from "../../core/model/rules.ts";
import { ownFile } from "../../files/own-files.ts";
import { type CheckedToml, checkToml, type TomlFaults } from "./toml-file.ts";
import { MemoryTypeName, Size } from "./toml-values.ts";

/** Most references that a rule can allow: a count in a frame has 32 bits. */
const REF_COUNT_MAX = 2 ** 32 - 1;

/** A file's rules, or what is wrong with it. */
export type RulesOrFaults =
  /** `usesOldName`: it has a table `[repetition]`, which is called `[recurrence]` now. */
  { readonly kind: "rules"; readonly rules: Rules; readonly usesOldName: boolean } | TomlFaults;

const SizePerType = z.partialRecord(MemoryTypeName, Size);

const Expected = z
  .strictObject({
    name: z.string().min(1),
    "memory-type": MemoryTypeName,
    max: Size,
    when: z.enum(["open", "test"]),
    tests: z.string().min(1).optional(),
  })
  .refine((rule) => rule.when === "test" || rule.tests === undefined, {
    path: ["tests"],
    message: 'wanted when = "test" with it',
  });

const Recurrence = z.strictObject({ tests: z.number().int().min(2).max(1000) }).optional();

const RulesFile = z.strictObject({
  "large-buffer": SizePerType.optional(),
  "program-cache": SizePerType.optional(),
  recurrence: Recurrence,
  /** The old name of `recurrence`. */
  repetition: Recurrence,
  fragmentation: z.strictObject({ "min-shrink": z.number().min(0).max(1) }).optional(),
  "ref-count": z.strictObject({ max: z.number().int().min(1).max(REF_COUNT_MAX) }).optional(),
  verdicts: z.strictObject({ "fail-on": z.array(z.enum(VERDICTS)) }).optional(),
  expected: z.array(Expected).optional(),
});

type RulesFile = z.output<typeof RulesFile>;

/** The commented text of the default rules. */
export function defaultRulesText(): string {
  return readFileSync(ownFile("rules/default.toml"), "utf8");
}

/** The default rules. */
export function defaultRules(): Rules {
  const checked = check(defaultRulesText(), "rules/default.toml");
  if (checked.kind === "faults") throw new Error(checked.faults.join("\n"));
  return completeRules(checked.value);
}

/** Rules from the text of a file called `name`; what the text leaves out is taken from `defaults`. */
export function parseRules(text: string, name: string, defaults: Rules): RulesOrFaults {
  const checked = check(text, name);
  if (checked.kind === "faults") return checked;
  const { value: file } = checked;
  return { kind: "rules", rules: { ...defaults, ...givenRules(file) }, usesOldName: file.repetition !== undefined };
}

function check(text: string, name: string): CheckedToml<typeof RulesFile> {
  return checkToml(text, name, RulesFile, "is not a rule that exists");
}

function givenRules(file: RulesFile): Partial<Rules> {
  const recurrence = file.recurrence ?? file.repetition;
  return {
    ...(file["large-buffer"] && { largeBuffer: file["large-buffer"] }),
    ...(file["program-cache"] && { programCache: file["program-cache"] }),
    ...(recurrence && { recurrenceTests: recurrence.tests }),
    ...(file.fragmentation && { fragmentationMinShrink: file.fragmentation["min-shrink"] }),
    ...(file["ref-count"] && { refCountMax: file["ref-count"].max }),
    ...(file.verdicts && { failOn: file.verdicts["fail-on"] }),
    ...(file.expected && { expected: file.expected.map(expectedRule) }),
  };
}

function completeRules(file: RulesFile): Rules {
  const { largeBuffer, programCache, recurrenceTests, fragmentationMinShrink, refCountMax, failOn, expected } =
    givenRules(file);
  const hasAll = largeBuffer && programCache && recurrenceTests && refCountMax && failOn && expected;
  if (!hasAll || fragmentationMinShrink === undefined) throw new Error("rules/default.toml leaves a rule out");
  return { largeBuffer, programCache, recurrenceTests, fragmentationMinShrink, refCountMax, failOn, expected };
}

function expectedRule(rule: z.output<typeof Expected>): Rules["expected"][number] {
  return {
    name: rule.name,
    memoryType: rule["memory-type"],
    maxBytes: rule.max,
    when: rule.when,
    tests: rule.tests ?? null,
  };
}
