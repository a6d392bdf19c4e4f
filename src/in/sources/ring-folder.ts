import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { pidNamespace, processFacts } from "./proc.ts";

/** Memory that processes share: a ring there is never written to a disk. */
const SHARED_MEMORY = "/dev/shm";
const PREFIX = "tt-memwatch-";
const RING_SUFFIX = ".ring";
const REASON_SUFFIX = ".reason";

/** Of one reason; what follows is not read. */
const REASON_CHARACTERS_MAX = 1000;

/** Who made the folder: pid namespace, pid, start time; then what mkdtemp appends. */
const NAME = /^tt-memwatch-(\d+)-(\d+)-(\d+)-\w{6}$/;

/** Where traced processes put their rings: mode 0700, removed with all that is in it. */
export interface RingFolder extends Disposable {
  readonly path: string;
  /** Paths of the rings that are there. */
  rings(): readonly string[];
  /** Removes one that nobody reads or writes any more. */
  remove(ring: string): void;
  /** Why processes could not be traced, each reason once. */
  reasons(): readonly string[];
}

/**
 * Makes the folder, and removes those that crashed engines of this user left: each has its maker's name, and a maker of
 * this pid namespace that is not there any more needs it no longer. Throws where `/dev/shm` cannot be written to.
 */
export function makeRingFolder(sharedMemory: string = SHARED_MEMORY): RingFolder {
  removeAbandoned(sharedMemory);
  const start = processFacts(process.pid)?.startTime ?? "0";
  const path = mkdtempSync(join(sharedMemory, `${PREFIX}${namespaceNumber()}-${process.pid}-${start}-`));
  const rings = (): string[] => filesIn(path, RING_SUFFIX);
  return {
    path,
    rings,
    remove: (ring) => rmSync(ring, { force: true }),
    reasons: () => reasonsIn(path),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** A ring is named `<pid>.<start time>.ring`. */
export function pidOfRing(path: string): number {
  return Number.parseInt(basename(path), 10) || 0;
}

function filesIn(path: string, suffix: string): string[] {
  return readdirSync(path).flatMap((name) => (name.endsWith(suffix) ? [join(path, name)] : []));
}

function reasonsIn(path: string): string[] {
  const texts = filesIn(path, REASON_SUFFIX).map((file) => readFileSync(file, "utf8").slice(0, REASON_CHARACTERS_MAX));
  return [...new Set(texts)];
}

function removeAbandoned(sharedMemory: string): void {
  for (const name of readdirSync(sharedMemory)) {
    const path = join(sharedMemory, name);
    if (isAbandoned(basename(name)) && isOurs(path)) rmSync(path, { recursive: true, force: true });
  }
}

function isAbandoned(name: string): boolean {
  const [, namespace, pid, start] = NAME.exec(name) ?? [];
  // A process of another pid namespace cannot be looked up here: it is not known to be gone.
  if (namespace === undefined || namespace !== namespaceNumber()) return false;
  const maker = processFacts(Number(pid));
  return maker === null || maker.hasEnded || maker.startTime !== start;
}

function isOurs(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}

/** "pid:[4026531836]" as "4026531836"; 0 where it is hidden. */
function namespaceNumber(): string {
  return /\d+/.exec(pidNamespace("self") ?? "")?.[0] ?? "0";
}
