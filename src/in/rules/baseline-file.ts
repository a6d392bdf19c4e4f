import { printable } from "../../core/base/printable.ts";
import {
  BASELINE_HEAD,
  BASELINE_VERSION,
  type BaselineEntry,
  BETWEEN_TESTS,
  type NotedEntry,
} from "../../core/model/baseline.ts";
import type { TomlFaults } from "./toml-file.ts";

/** Most entries of a baseline. */
export const BASELINE_ENTRIES_MAX = 100_000;

/** Longest part of a line that is shown in an error, in characters. */
const SHOWN_CHARACTERS_MAX = 60;

const HEAD = new RegExp(`^${BASELINE_HEAD} (\\d{1,9})$`);
const SECTION = /^\[(.+)\]$/;
const ENTRY = /^(\d+) bytes in (\d+) buffers?(?: of (\d+) tests?)?: (.+)$/;
const CONFLICT = /^(<{7}|={7}|>{7}|\|{7})/;

/** A file's baseline, or what is wrong with it: the first fault, because a line that is not understood decides what the next are. */
export type BaselineOrFaults = { readonly kind: "baseline"; readonly entries: readonly NotedEntry[] } | TomlFaults;

/** What was read up to a line. */
interface Reading {
  hasHead: boolean;
  /** Of the section; undefined: none has begun. */
  test: string | null | undefined;
  /** The last comment, where nothing came after it. */
  note: string | null;
  /** By signature and test. */
  readonly entries: Map<string, NotedEntry>;
}

/** The entries of the text of a file called `name`. */
export function parseBaseline(text: string, name: string): BaselineOrFaults {
  const reading: Reading = { hasHead: false, test: undefined, note: null, entries: new Map() };
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    const problem = line === "" || line.startsWith("#") ? null : take(line, reading);
    reading.note = line.startsWith("#") ? line.slice(1).trim() || null : null;
    const column = raw.length - raw.trimStart().length + 1;
    if (problem !== null) return { kind: "faults", faults: [`${name}:${index + 1}:${column}: ${problem}`] };
  }
  if (!reading.hasHead) return { kind: "faults", faults: [`${name}:1:1: it is empty; ${WANTED_HEAD}`] };
  return { kind: "baseline", entries: [...reading.entries.values()] };
}

/** Takes one line that says something; gives what is wrong with it, or null. */
function take(line: string, reading: Reading): string | null {
  if (CONFLICT.test(line)) return "it is from a merge that had a conflict; keep one side, or write the file again";
  if (!reading.hasHead) {
    reading.hasHead = true;
    return problemOfHead(line);
  }
  const section = SECTION.exec(line)?.[1];
  return section === undefined ? takeEntry(line, reading) : takeSection(section, reading);
}

function takeSection(section: string, reading: Reading): string | null {
  const word = wordOf(section);
  if (word === null) return notAString(section);
  reading.test = section === BETWEEN_TESTS ? null : word;
  return null;
}

function takeEntry(line: string, { test, note, entries }: Reading): string | null {
  const entry = entryOf(line, test);
  if (typeof entry === "string") return entry;
  const key = JSON.stringify([entry.signature, entry.test]);
  if (entries.has(key)) return `${shown(entry.signature)} is there twice; wanted each signature of a test once`;
  if (entries.size === BASELINE_ENTRIES_MAX) return `it has more than ${BASELINE_ENTRIES_MAX} entries`;
  entries.set(key, { ...entry, note });
  return null;
}

function notAString(text: string): string {
  return `${shown(text)} begins as a string of JSON and is none`;
}

const WANTED_HEAD = `wanted "${BASELINE_HEAD} ${BASELINE_VERSION}" as the first line; tt-memwatch baseline update FILE --from REPORT writes such a file`;

/** What is wrong with the first line; null: nothing. */
function problemOfHead(line: string): string | null {
  const version = HEAD.exec(line)?.[1];
  if (version === undefined) return `${shown(line)} is not a baseline's; ${WANTED_HEAD}`;
  if (Number(version) === BASELINE_VERSION) return null;
  return `its version is ${version}, and this tt-memwatch reads ${BASELINE_VERSION}; use a newer tt-memwatch, or write the file again`;
}

/** An entry, or what is wrong with it. `test`: of the section; undefined: none has begun. */
function entryOf(line: string, test: string | null | undefined): BaselineEntry | string {
  const [, size = "", buffers = "", tests, text = ""] = ENTRY.exec(line) ?? [];
  if (size === "")
    return `${shown(line)} is not an entry; wanted "4096 bytes in 1 buffer of 1 test: SIGNATURE", or a test in brackets`;
  if (test === undefined) return `${shown(line)} is not a test's; wanted a line with a test in brackets before it`;
  const [sizeBytes, amount, signature] = [Number(size), Number(buffers), wordOf(text)];
  const checkedTests = tests === undefined ? null : Number(tests);
  if (!Number.isSafeInteger(sizeBytes)) return `${size} bytes are more than there can be`;
  if (!Number.isSafeInteger(amount)) return `${buffers} buffers are more than there can be`;
  if (checkedTests !== null && !Number.isSafeInteger(checkedTests)) return `${tests} tests are more than there can be`;
  if (signature === null) return notAString(text);
  return { signature, test, sizeBytes, buffers: amount, checkedTests };
}

/** A word as it is written: a string of JSON where it has characters that cannot be seen; null: it is none. */
function wordOf(text: string): string | null {
  if (!text.startsWith('"')) return text;
  try {
    const word: unknown = JSON.parse(text);
    return typeof word === "string" ? word : null;
  } catch {
    return null;
  }
}

function shown(text: string): string {
  return JSON.stringify(printable(text.slice(0, SHOWN_CHARACTERS_MAX)));
}
