import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";
import { readTextFile } from "../../files/open-outside-file.ts";
import type { JsonReport } from "../../out/report/json-schema.ts";
import { type Check, check } from "./check.ts";
import { CACHED, INNOCENT, PLANTED, type Planted, TILE_BYTES, TOLERATED } from "./planted-tests.ts";
import type { Facts } from "./read-facts.ts";

type Finding = JsonReport["findings"][number];

/** Of a file of the suite. */
const SOURCE_BYTES_MAX = 65_536;

const MARKER = /# planted: (.+)$/;

/** Where each marker is: "test_clean.py:7", by its name. */
export type Markers = ReadonlyMap<string, string>;

/** The lines of the suite in `folder` that allocate what is planted. */
export function findMarkers(folder: string): Markers {
  const markers = new Map<string, string>();
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".py"))) {
    const lines = readTextFile(join(folder, name), SOURCE_BYTES_MAX).split("\n");
    for (const [index, line] of lines.entries()) {
      const marker = MARKER.exec(line)?.[1];
      if (marker !== undefined) markers.set(marker, `${join(folder, name)}:${index + 1}`);
    }
  }
  return markers;
}

/** Holds the report on the suite against what was planted in it. */
export function judgeSuite(report: JsonReport, facts: Facts, markers: Markers): readonly Check[] {
  const byTest = Map.groupBy(report.findings, ({ test }) => test ?? "(between tests)");
  const known = new Set([...PLANTED.map(({ test }) => test), CACHED.test, ...INNOCENT]);
  const others = [...byTest.keys()].filter((test) => !known.has(test));
  return [
    ...PLANTED.flatMap((planted) => judgePlanted(planted, byTest.get(planted.test) ?? [], report, facts, markers)),
    ...judgeCached(byTest.get(CACHED.test) ?? [], report, facts, markers),
    ...[...INNOCENT, ...others].map((test) => judgeInnocent(test, byTest.get(test) ?? [], report)),
  ];
}

function judgePlanted(
  { test, verdict, memoryType, tiles, marker, holder }: Planted,
  all: readonly Finding[],
  report: JsonReport,
  { banks }: Facts,
  markers: Markers,
): Check[] {
  const findings = all.filter((finding) => !TOLERATED.includes(finding.verdict));
  const name = nameOf(test);
  const sizeBytes = tiles * TILE_BYTES * (banks[memoryType] ?? 0);
  return [
    check("verdicts", name, verdict, listOf(findings.map((finding) => finding.verdict))),
    check("bytes", name, `${sizeBytes} ${memoryType}`, listOf(sizesOf(findings))),
    checkLine(name, findings, report, markers.get(marker)),
    ...(holder === null ? [] : [checkHolder(name, findings, holder)]),
  ];
}

/** What a program keeps depends on the board, so its truth is what ttnn itself said. */
function judgeCached(all: readonly Finding[], report: JsonReport, facts: Facts, markers: Markers): Check[] {
  const kept = facts.keptBytesPerBank[CACHED.marker] ?? {};
  const wanted = MEMORY_TYPES.flatMap((type) => {
    const sizeBytes = (kept[type] ?? 0) * (facts.banks[type] ?? 0);
    return sizeBytes === 0 ? [] : [`${sizeBytes} ${type}`];
  });
  // Nothing was kept, and then nothing is to be found.
  if (wanted.length === 0) return [judgeInnocent(CACHED.test, all, report)];
  const name = nameOf(CACHED.test);
  return [
    check("verdicts", name, "program-cache", listOf(all.map(({ verdict }) => verdict))),
    check("bytes", name, listOf(wanted), listOf(sizesOf(all))),
    checkLine(name, all, report, markers.get(CACHED.marker)),
    checkHolder(name, all, CACHED.holder),
  ];
}

function judgeInnocent(test: string, all: readonly Finding[], { tests }: JsonReport): Check {
  const ran = tests.find((each) => each.test === test);
  const findings = all.filter(({ verdict }) => !TOLERATED.includes(verdict));
  const said = findings.map(({ verdict, sizeBytes, memoryType }) => `${verdict} ${sizeBytes} ${memoryType}`);
  const isChecked = ran !== undefined && ran.state !== "not-checked";
  return check("innocent", nameOf(test), "nothing", isChecked ? listOf(said) : "not checked");
}

function checkLine(name: string, findings: readonly Finding[], report: JsonReport, line = "no marker"): Check {
  const lines = findings.map(({ origin }) => {
    const place = origin?.testLine ?? origin ?? null;
    return place === null ? "no line" : `${resolve(rootOf(report), place.file)}:${place.line}`;
  });
  return check("lines", name, line, listOf(lines), lines.includes(line));
}

function checkHolder(name: string, findings: readonly Finding[], holder: string): Check {
  const holders = findings.flatMap((finding) => finding.holders);
  return check(
    "holders",
    name,
    holder,
    listOf(holders),
    holders.some((path) => path.includes(holder)),
  );
}

/** Paths of a report are relative to pytest's root. */
function rootOf({ run }: JsonReport): string {
  return run.processes[0]?.rootDir ?? run.cwd;
}

/** "24576 DRAM", in all of each memory type. */
function sizesOf(findings: readonly Finding[]): string[] {
  const byType = Map.groupBy(findings, ({ memoryType }) => memoryType ?? "?");
  return MEMORY_TYPES.flatMap((type) => {
    const held = byType.get(type);
    return held === undefined ? [] : [`${held.reduce((total, { sizeBytes }) => total + sizeBytes, 0)} ${type}`];
  });
}

function nameOf(test: string): string {
  return test.replace(/^suite\//, "");
}

/** Each once. */
function listOf(texts: readonly string[]): string {
  return texts.length === 0 ? "nothing" : [...new Set(texts)].join(", ");
}

/** The suite is kept from the servers of others on purpose (`ownEnvironment`), and the run says so. */
const NO_SERVER = /^no allocation server took part: there is none on /;

/** How well the suite's process was traced. */
export function judgeTracing({ run }: JsonReport): readonly Check[] {
  const [tracing] = run.tracing;
  const state = tracing === undefined ? "nothing was heard of it" : [tracing.state, tracing.reason].join(" ").trim();
  const compared = tracing?.comparisons ?? 0;
  return [
    check("tracer", "follows the suite", "live", state),
    check("tracer", "records lost", "0", `${tracing?.lost ?? "unknown"}`),
    check("tracer", "compared with the allocator", "once or more", `${compared} times`, compared > 0),
    check("tracer", "warnings", "nothing", listOf(run.warnings.filter((text) => !NO_SERVER.test(text)))),
  ];
}
