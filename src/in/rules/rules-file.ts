import { readFileSync } from "node:fs";
import { parse, TomlError } from "smol-toml";
import * as z from "zod";
import { parseSize } from "../../core/base/bytes.ts";
import { count } from "../../core/base/count.ts";
import { VERDICTS } from "../../core/model/finding.ts";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";
import type { Rules } from "../../core/model/rules.ts";
import { ownFile } from "../../files/own-files.ts";
import { type TomlLines, tomlLines } from "./toml-lines.ts";

/** Longest part of a value that is shown in an error, in characters. */
const SHOWN_CHARACTERS_MAX = 60;
/** Longest name of a rule that is shown, in characters. */
const SHOWN_PATH_CHARACTERS_MAX = 200;

/** Faults of one file that are listed individually. */
const FAULTS_LISTED_MAX = 100;

/** Most references that a rule can allow: a count in a frame has 32 bits. */
const REF_COUNT_MAX = 2 ** 32 - 1;

/** A file's rules, or what is wrong with it: one sentence for each fault, with file and line where they are known. */
export type RulesOrFaults =
  /** `usesOldName`: it has a table `[repetition]`, which is called `[recurrence]` now. */
  | { readonly kind: "rules"; readonly rules: Rules; readonly usesOldName: boolean }
  | { readonly kind: "faults"; readonly faults: readonly string[] };

const WANTED_SIZE = 'wanted a size such as "12 KB"';

const Size = z.union([z.string(), z.number()], { error: WANTED_SIZE }).transform((value, context) => {
  try {
    return parseSize(String(value));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    context.addIssue({ code: "custom", message: WANTED_SIZE });
    return z.NEVER;
  }
});

const MemoryTypeName = z.enum(MEMORY_TYPES);
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
  return completeRules(checked.file);
}

/** Rules from the text of a file called `name`; what the text leaves out is taken from `defaults`. */
export function parseRules(text: string, name: string, defaults: Rules): RulesOrFaults {
  const checked = check(text, name);
  if (checked.kind === "faults") return checked;
  const { file } = checked;
  return { kind: "rules", rules: { ...defaults, ...givenRules(file) }, usesOldName: file.repetition !== undefined };
}

type Checked = { readonly kind: "file"; readonly file: RulesFile } | Extract<RulesOrFaults, { kind: "faults" }>;

function check(text: string, name: string): Checked {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    // A RangeError: nested more deeply than the parser's stack is.
    if (error instanceof RangeError) return { kind: "faults", faults: [`${name}: it is nested too deeply`] };
    if (!(error instanceof TomlError)) throw error;
    return { kind: "faults", faults: [`${name}:${error.line}:${error.column}: ${firstLine(error.message)}`] };
  }
  const result = RulesFile.safeParse(value);
  if (result.success) return { kind: "file", file: result.data };
  const lines = tomlLines(text);
  const faults = result.error.issues.flatMap((issue) => describe(issue, value, lines, name));
  return { kind: "faults", faults: shortened(faults, name) };
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

function describe(issue: z.core.$ZodIssue, root: unknown, lines: TomlLines, name: string): string[] {
  const keys = issue.code === "unrecognized_keys" ? issue.keys : [null];
  return keys.map((key) => {
    const path = key === null ? issue.path : [...issue.path, key];
    const line = lines.lineOf(path);
    const where = line === null ? name : `${name}:${line}`;
    return `${where}: ${shownPath(path)} ${key === null ? wrongValue(issue, root) : "is not a rule that exists"}`;
  });
}

function shownPath(path: readonly PropertyKey[]): string {
  return path.map(String).join(".").slice(0, SHOWN_PATH_CHARACTERS_MAX);
}

function shortened(faults: readonly string[], name: string): string[] {
  const more = faults.length - FAULTS_LISTED_MAX;
  return [...faults.slice(0, FAULTS_LISTED_MAX), ...(more > 0 ? [`${name}: ${count(more, "more fault")}`] : [])];
}

function wrongValue(issue: z.core.$ZodIssue, root: unknown): string {
  const value = issue.path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined),
    root,
  );
  if (value === undefined) return "is missing";
  const wanted = issue.code === "invalid_value" ? `wanted one of ${issue.values.join(", ")}` : issue.message;
  return `is ${JSON.stringify(value).slice(0, SHOWN_CHARACTERS_MAX)}; ${lowerFirst(wanted)}`;
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? message;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
