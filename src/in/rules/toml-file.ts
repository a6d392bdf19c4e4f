import { parse, TomlError } from "smol-toml";
import type * as z from "zod";
import { count } from "../../core/base/count.ts";
import { type TomlPlaces, tomlPlaces } from "./toml-places.ts";

/** Longest part of a value that is shown in an error, in characters. */
const SHOWN_CHARACTERS_MAX = 60;
/** Longest name of a key that is shown, in characters. */
const SHOWN_PATH_CHARACTERS_MAX = 200;

/** Faults of one file that are listed individually. */
const FAULTS_LISTED_MAX = 100;

/** What is wrong with a file: one sentence for each fault, with file, line and column where they are known. */
export interface TomlFaults {
  readonly kind: "faults";
  readonly faults: readonly string[];
}

/** What a file of TOML says, or what is wrong with it. */
export type CheckedToml<Schema extends z.ZodType> =
  | { readonly kind: "value"; readonly value: z.output<Schema>; readonly places: TomlPlaces }
  | TomlFaults;

/**
 * Holds the text of a file called `name` against a schema.
 *
 * @param unknownKey what is said of a key that the schema does not have
 */
export function checkToml<Schema extends z.ZodType>(
  text: string,
  name: string,
  schema: Schema,
  unknownKey: string,
): CheckedToml<Schema> {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    // A RangeError: nested more deeply than the parser's stack is.
    if (error instanceof RangeError) return { kind: "faults", faults: [`${name}: it is nested too deeply`] };
    if (!(error instanceof TomlError)) throw error;
    return { kind: "faults", faults: [`${name}:${error.line}:${error.column}: ${firstLine(error.message)}`] };
  }
  const result = schema.safeParse(value);
  const places = tomlPlaces(text);
  if (result.success) return { kind: "value", value: result.data, places };
  const faults = result.error.issues.flatMap((issue) => describe(issue, { value, places, name, unknownKey }));
  return { kind: "faults", faults: shortened(faults, name) };
}

interface Checked {
  readonly value: unknown;
  readonly places: TomlPlaces;
  readonly name: string;
  readonly unknownKey: string;
}

function describe(issue: z.core.$ZodIssue, { value, places, name, unknownKey }: Checked): string[] {
  const keys = issue.code === "unrecognized_keys" ? issue.keys : [null];
  return keys.map((key) => {
    const path = key === null ? issue.path : [...issue.path, key];
    const place = places.placeOf(path);
    const where = place === null ? name : `${name}:${place.line}:${place.column}`;
    return `${where}: ${shownPath(path)} ${key === null ? wrongValue(issue, value) : unknownKey}`;
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
