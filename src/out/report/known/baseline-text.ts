import { formatBytes } from "../../../core/base/bytes.ts";
import { compareText } from "../../../core/base/compare-text.ts";
import { count } from "../../../core/base/count.ts";
import { printable } from "../../../core/base/printable.ts";
import { BASELINE_HEAD, BASELINE_VERSION, BETWEEN_TESTS, type NotedEntry } from "../../../core/model/baseline.ts";
import type { Leftover } from "../../../core/model/comparison.ts";

const ABOUT = `# What a good run left. What is here does not fail; what is new, or more than here, does. Made by:
# tt-memwatch baseline update FILE --from REPORT`;

/**
 * A baseline as a file for the repository: a section for each test, an entry for each signature with a comment before it,
 * both in order of the alphabet, so that the same findings give the same bytes.
 */
export function baselineText(entries: readonly NotedEntry[]): string {
  const sections = [...Map.groupBy(entries, ({ test }) => test)].toSorted(([a], [b]) => compareText(a ?? "", b ?? ""));
  const parts = sections.map(([test, ofTest]) => {
    const sorted = ofTest.toSorted((a, b) => compareText(a.signature, b.signature));
    return [`[${test === null ? BETWEEN_TESTS : wordOf(test)}]`, ...sorted.flatMap(entryLines)].join("\n");
  });
  return `${[`${BASELINE_HEAD} ${BASELINE_VERSION}\n${ABOUT}`, ...parts].join("\n\n")}\n`;
}

function entryLines({ note, sizeBytes, buffers, checkedTests, signature }: NotedEntry): string[] {
  const comment = note === null ? [] : [`# ${printable(note)}`];
  const tests = checkedTests === null ? "" : ` of ${count(checkedTests, "test")}`;
  return [...comment, `${sizeBytes} bytes in ${count(buffers, "buffer")}${tests}: ${wordOf(signature)}`];
}

/** What a reviewer needs to know of an entry: without line numbers, which shift. */
export function noteOf({ verdict, sizeBytes, memoryType, findings, origin, holder }: Leftover): string {
  const what = `${verdict}, ${formatBytes(sizeBytes)} ${memoryType ?? ""}`.trimEnd();
  const parts = [
    `${what} in ${count(findings, "finding")}`,
    origin === null ? null : `${origin.operation ?? "allocated"} in ${origin.function} (${origin.file})`,
    holder === null ? null : `held by ${holder}`,
  ];
  return parts.filter((part) => part !== null).join(", ");
}

/** As a string of JSON where it has characters that cannot be seen, or begins as one. */
function wordOf(text: string): string {
  const isPlain = !text.startsWith('"') && text.trim() === text && printable(text) === text;
  if (isPlain) return text;
  return JSON.stringify(text).replaceAll(/[^ -~]/g, (code) => `\\u${code.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
