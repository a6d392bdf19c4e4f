import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** States in /proc/PID/stat of a process that has ended: zombie, and dead. */
const ENDED = new Set(["Z", "X", "x"]);
/** Fields of /proc/PID/stat after the name in parentheses: state is the first, start time the 20th. */
const START_TIME_FIELD = 19;
const PARENT_FIELD = 1;
const GROUP_FIELD = 2;
const MS_PER_SECOND = 1_000;
/** Generations that are looked back. */
const ANCESTORS_MAX = 32;

export interface ProcessFacts {
  /** Clock ticks since boot; tells a process from a later one with its pid. */
  readonly startTime: string;
  /** A letter, as proc(5) explains it; of its first thread. */
  readonly state: string;
  readonly hasEnded: boolean;
}

/** A process of this pid namespace; null where there is none, or it is hidden. */
export function processFacts(pid: number): ProcessFacts | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The name may hold anything, also ") R".
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state = ""] = fields;
  return { startTime: fields[START_TIME_FIELD] ?? "", state, hasEnded: ENDED.has(state) };
}

/** The processes that a process comes from, its parent first; ends where they have ended or are hidden. */
export function ancestors(pid: number): number[] {
  const found: number[] = [];
  for (let parent = parentOf(pid); parent !== null && found.length < ANCESTORS_MAX; parent = parentOf(parent)) {
    found.push(parent);
  }
  return found;
}

/** The process group that a process is in; null where that is hidden, or it has ended. */
export function groupOf(pid: number | "self"): number | null {
  return numberOf(pid, GROUP_FIELD);
}

function parentOf(pid: number): number | null {
  return numberOf(pid, PARENT_FIELD);
}

/** A field of the process's state that is over 0; null: it is not, or hidden. */
function numberOf(pid: number | "self", field: number): number | null {
  const stat = read(`/proc/${pid}/stat`);
  const value = Number(stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[field] ?? 0);
  return value > 0 ? value : null;
}

/** What is known of a process that had `startTime`: one that cannot be looked up is not known to have ended. */
export function lifeOf(pid: number, startTime: string): "alive" | "ended" | "unknown" {
  if (!isTaken(pid)) return "ended";
  const facts = processFacts(pid);
  if (facts === null) return "unknown";
  return facts.hasEnded || facts.startTime !== startTime ? "ended" : "alive";
}

/** Whether a pid is taken, as far as signals show: only that there is no such process says that it is free. */
export function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

/** A name of the pid namespace that a process is in, or null where that is hidden. */
export function pidNamespace(pid: number | "self"): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return null;
  }
}

/** A name of this boot of this machine, or null where that is hidden: start times count from it. */
export function bootId(): string | null {
  return read("/proc/sys/kernel/random/boot_id")?.trim() ?? null;
}

/** A process's pid as it sees itself, in the innermost namespace. */
export function innermostPid(pid: number): number | null {
  const line = /^NSpid:\s+(.*)$/m.exec(read(`/proc/${pid}/status`) ?? "");
  const last = line?.[1]?.split(/\s+/).at(-1);
  return last === undefined ? null : Number(last);
}

/** What a process was started as, for people: on one line. */
export function commandLine(pid: number): string | null {
  const text = read(`/proc/${pid}/cmdline`);
  return text === null || text === "" ? null : text.replaceAll(/\p{Cc}+/gu, " ").trim();
}

/** Whether a process maps a file, named by device and inode as /proc writes them; null: that is hidden. */
export function isMapped(pid: number, file: { readonly device: string; readonly inode: string }): boolean | null {
  return read(`/proc/${pid}/maps`)?.includes(` ${file.device} ${file.inode} `) ?? null;
}

/** When this machine was started, in milliseconds since 1970, by its clock as it is set now; null where that is hidden. */
export function bootTimeMs(): number | null {
  const seconds = /^btime (\d+)$/m.exec(read("/proc/stat") ?? "")?.[1];
  return seconds === undefined ? null : Number(seconds) * MS_PER_SECOND;
}

/** Files that this process may have open at a time; null where that is hidden. */
export function openFilesMax(): number | null {
  const soft = /^Max open files\s+(\d+)/m.exec(read("/proc/self/limits") ?? "")?.[1];
  return soft === undefined ? null : Number(soft);
}

/** Files that this process has open; null where that is hidden. */
export function openFiles(): number | null {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return null;
  }
}

/** Whether the processes of others, or all, cannot be looked up: /proc is not mounted, or with `hidepid`. */
export function isProcHidden(): boolean {
  return pidNamespace("self") === null || processFacts(1) === null;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
