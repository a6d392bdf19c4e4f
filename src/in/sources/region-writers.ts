import { readdirSync } from "node:fs";
import { REGION_ROWS, type RegionRow, type RegionWriter } from "../../core/model/memory-region.ts";
import { bootTimeMs, innermostPid, isMapped, isProcHidden, isTaken, pidNamespace, processFacts } from "./proc.ts";
import { REGIONS_MAX, type RegionFile } from "./region-folder.ts";

/** The pid namespace that a machine starts with (PROC_PID_INIT_INO): all others are seen from it. */
const FIRST_NAMESPACE = "pid:[4026531836]";

/** Clock ticks in a second, as /proc counts them for every program. */
const TICKS_PER_SECOND = 100;
const MS_PER_SECOND = 1_000;
const NS_PER_MS = 1_000_000n;

/** A row is written after its process started; both times are off by less. */
const CLOCK_ERROR_MS = 2_000;

/** Rows that are remembered, as many as all files that are read have; beyond that all are forgotten and found out anew. */
const REMEMBERED_MAX = REGIONS_MAX * REGION_ROWS;

/** What processes there are in other namespaces is found out so often at most. */
const LOOK_ELSEWHERE_EVERY_MS = 5_000;

const ENDED: RegionWriter = { state: "ended", localPid: null };
const UNVERIFIABLE: RegionWriter = { state: "unverifiable", localPid: null };

interface Found {
  readonly localPid: number;
  readonly startTime: string;
}

/** The processes of other pid namespaces at one time. */
interface Elsewhere {
  readonly atMs: number;
  /** Their pids here, by the pid that each has for itself. */
  readonly byInnermost: ReadonlyMap<number, readonly number[]>;
  /** Whether there are no others: those of namespaces around this one are not seen from here. */
  readonly isAll: boolean;
  /** What was found out of rows without a process here. */
  readonly writers: Map<string, RegionWriter>;
}

/**
 * Finds out who writes the rows of regions. A pid alone says little: it is the writer's own, in its own pid namespace, and
 * may have been given to another process since. So a process counts only if it maps the file.
 */
export class RegionWriters {
  readonly #clock: () => number;
  readonly #found = new Map<string, Found>();
  /** Rows of processes that were found once and have ended. */
  readonly #left = new Set<string>();
  #elsewhere: Elsewhere | null = null;

  /** `clock`: milliseconds since some time. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  of(file: RegionFile, row: RegionRow): RegionWriter {
    const key = `${file.device} ${file.inode} ${row.pid}`;
    const known = this.#found.get(key);
    if (known !== undefined && isStill(known)) return { state: "running", localPid: known.localPid };
    const stampedKey = `${key} ${row.updatedNs}`;
    if (known !== undefined) this.#noteLeft(key, stampedKey);
    const { writers } = this.#lookElsewhere();
    const writer = writers.get(stampedKey) ?? this.#find(key, stampedKey, file, row);
    if (writer.state !== "running") writers.set(stampedKey, writer);
    return writer;
  }

  /** Whoever was found once and is there no more has ended, wherever it was. */
  #noteLeft(key: string, stampedKey: string): void {
    this.#found.delete(key);
    if (this.#left.size >= REMEMBERED_MAX) this.#left.clear();
    this.#left.add(stampedKey);
  }

  #find(key: string, stampedKey: string, file: RegionFile, row: RegionRow): RegionWriter {
    const here = findHere(file, row);
    const found = typeof here === "object" ? here : findAmong(this.#lookElsewhere(), file, row);
    if (typeof found === "object") return this.#remember(key, found);
    return this.#left.has(stampedKey) || (here === "ended" && found === "none") ? ENDED : UNVERIFIABLE;
  }

  #remember(key: string, found: Found): RegionWriter {
    if (this.#found.size >= REMEMBERED_MAX) this.#found.clear();
    this.#found.set(key, found);
    return { state: "running", localPid: found.localPid };
  }

  #lookElsewhere(): Elsewhere {
    const now = this.#clock();
    const known = this.#elsewhere;
    const isFresh = known !== null && now - known.atMs < LOOK_ELSEWHERE_EVERY_MS && known.writers.size < REMEMBERED_MAX;
    if (isFresh) return known;
    this.#elsewhere = { atMs: now, ...processesElsewhere(), writers: new Map() };
    return this.#elsewhere;
  }
}

function isStill({ localPid, startTime }: Found): boolean {
  const facts = processFacts(localPid);
  // It is there, and cannot be looked at now: there may be no descriptors left.
  if (facts === null) return isTaken(localPid);
  return !facts.hasEnded && facts.startTime === startTime;
}

/** In this pid namespace. `ended`: no process here is the row's. `unknown`: the one with its pid cannot be looked at. */
function findHere(file: RegionFile, row: RegionRow): Found | "ended" | "unknown" {
  if (!isTaken(row.pid)) return "ended";
  const facts = processFacts(row.pid);
  if (facts === null) return "unknown";
  if (facts.hasEnded || hasStartedLater(facts.startTime, row)) return "ended";
  const isOpen = isMapped(row.pid, file);
  if (isOpen === null) return "unknown";
  return isOpen ? { localPid: row.pid, startTime: facts.startTime } : "ended";
}

function hasStartedLater(startTime: string, { updatedNs }: RegionRow): boolean {
  const bootMs = bootTimeMs();
  if (bootMs === null) return false;
  const startMs = bootMs + (Number(startTime) / TICKS_PER_SECOND) * MS_PER_SECOND;
  return startMs > Number(updatedNs / NS_PER_MS) + CLOCK_ERROR_MS;
}

/** `unknown`: one that may be the row's cannot be looked at, or not all are seen. */
function findAmong({ byInnermost, isAll }: Elsewhere, file: RegionFile, row: RegionRow): Found | "none" | "unknown" {
  let isAllSeen = isAll;
  for (const pid of byInnermost.get(row.pid) ?? []) {
    const isOpen = isMapped(pid, file);
    const facts = processFacts(pid);
    if (isOpen === true && facts?.hasEnded === false) return { localPid: pid, startTime: facts.startTime };
    if (isOpen === null) isAllSeen = false;
  }
  return isAllSeen ? "none" : "unknown";
}

function processesElsewhere(): Pick<Elsewhere, "byInnermost" | "isAll"> {
  const own = pidNamespace("self");
  const byInnermost = new Map<number, number[]>();
  for (const pid of allPids()) {
    if (pidNamespace(pid) === own) continue;
    const innermost = innermostPid(pid);
    // Of another user's process only this is known; one that has the same pid there and here is of this namespace.
    if (innermost === null || innermost === pid) continue;
    byInnermost.set(innermost, [...(byInnermost.get(innermost) ?? []), pid]);
  }
  return { byInnermost, isAll: own === FIRST_NAMESPACE && !isProcHidden() };
}

function allPids(): readonly number[] {
  try {
    return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}
