import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, statfsSync } from "node:fs";
import { promisify } from "node:util";
import { z } from "zod";
import { formatBytes } from "../../core/base/bytes.ts";
import { count } from "../../core/base/count.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { openFilesMax } from "../../in/sources/proc.ts";
import { listenerOf } from "../../in/sources/socket-claim.ts";
import type { StatsAnswer } from "../../in/wire/server-requests.ts";
import { howToBuildTracer } from "../tracer-library.ts";
import { askForStats, unknownSizesText } from "./stats.ts";

export interface SetupCheck {
  readonly name: string;
  readonly state: "ok" | "note" | "wrong";
  readonly text: string;
}

/** Variables that the earlier system and its patched tt-metal read. */
const KNOWN_VARIABLES = ["TT_ALLOC_TRACKING_ENABLED", "TT_ALLOC_STACK_TRACE", "TT_BUFFER_DEBUG_LOG"];
const TRACKING = "TT_ALLOC_TRACKING_ENABLED";
/** Names that look like one of them. */
const ALIKE = /^TT_(ALLOC|BUFFER_DEBUG|MEM_?WATCH_?ALLOC)|^TTALLOC/;

const NODE_MIN = [24, 15] as const;
/** Room a suite's rings and kernels take in /dev/shm at the least. */
const SHM_FREE_BYTES_MIN = 64 * 1024 * 1024;
const DESCRIPTORS_MIN = 1_024;
/** Below this, a client of the earlier system waits for the server after some 280 messages. */
const SEND_BUFFER_BYTES = 1_048_576;
const TTNN_TESTED = ["0.66.0", "0.81.1"] as const;

const UNKNOWN_SIZE = "what it sends may be misread, use a newer tt-memwatch";

export function checkNode(version: string): SetupCheck {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isNewEnough = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  const wanted = `want ${NODE_MIN.join(".")} or newer: name one in TT_MEMWATCH_NODE`;
  return { name: "node", state: isNewEnough ? "ok" : "wrong", text: isNewEnough ? version : `${version}, ${wanted}` };
}

/** Whether a server answers on the socket, and who owns it. */
export async function checkServer(socketPath: string): Promise<SetupCheck[]> {
  const owner = await listenerOf(socketPath);
  const who = owner?.pid == null ? "its owner is hidden" : `PID ${owner.pid} (${owner.command ?? "hidden"})`;
  try {
    const { server, connections, processes, traced } = await askForStats(socketPath, 0);
    const dialects = Object.entries(connections.dialects).map(([name, amount]) => `${amount} x ${name}`);
    const seen = dialects.length === 0 ? "none yet" : dialects.join(", ");
    const refused = connections.refused + connections.dropped;
    const unknown = unknownSizesText(connections.unknownSizes);
    return [
      { name: "server", state: "ok", text: `version ${server.version} on ${socketPath}, ${who}` },
      { name: "dialects seen", state: "ok", text: seen },
      ...processChecks(processes.alive, traced),
      ...(unknown === "none" ? [] : [wrong("frame size", `${unknown}: no known build sends these; ${UNKNOWN_SIZE}`)]),
      ...(refused === 0
        ? []
        : [wrong("refused", `${count(refused, "connection")}: \`tt-memwatch stats --json\` says why`)]),
    ];
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const state = owner === null ? "note" : "wrong";
    return [{ name: "server", state, text: owner === null ? error.message : `${error.message}; it is ${who}` }];
  }
}

/** Which processes a server sees, by what, and why not. */
function processChecks(alive: number, traced: StatsAnswer["traced"]): SetupCheck[] {
  const followed = traced.filter(({ state }) => state === "followed" || state === "ended");
  const pids = followed.map(({ pid }) => pid).join(", ");
  const byRing =
    followed.length === 0 ? "none by its ring" : `PID ${pids} by ${followed.length === 1 ? "its ring" : "their rings"}`;
  const others = Math.max(0, alive - followed.length);
  const byFrames = others === 0 ? "" : `, ${others} by messages of a patched tt-metal`;
  const missing = traced.filter(({ missed, lost }) => missed + lost > 0);
  return [
    { name: "processes", state: "ok", text: `${byRing}${byFrames}` },
    ...traced
      .filter(({ state }) => state === "failed" || state === "waiting")
      .map(({ pid, reason }) => wrong("not followed", `PID ${pid}: ${reason || "its ring has no header yet"}`)),
    ...missing.map(({ pid, missed, lost }) => {
      return wrong(
        "records lost",
        `PID ${pid} lacks ${count(missed + lost, "record")}: give it more room with TT_MEMWATCH_TRACER_CAPACITY`,
      );
    }),
  ];
}

/** Variables that are misspelt, or have a value that switches nothing on. */
export function checkVariables(env: Readonly<NodeJS.ProcessEnv>): SetupCheck[] {
  const misspelt = Object.keys(env).filter((name) => ALIKE.test(name) && !KNOWN_VARIABLES.includes(name));
  const checks = misspelt.map((name) => wrong(name, `nothing reads it: did you mean ${TRACKING}=1?`));
  const value = env[TRACKING];
  if (value === undefined) {
    checks.push({ name: TRACKING, state: "note", text: "not set: a patched tt-metal reports nothing from this shell" });
  } else {
    const isOn = value === "1";
    const text = isOn
      ? "1: a patched tt-metal reports"
      : `${JSON.stringify(value)} does not switch it on: want exactly 1`;
    checks.push({ name: TRACKING, state: isOn ? "ok" : "wrong", text });
  }
  return checks;
}

export function checkSharedMemory(folder = "/dev/shm"): SetupCheck {
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    const text = `${formatBytes(free)} free`;
    if (free >= SHM_FREE_BYTES_MIN) return { name: folder, state: "ok", text };
    return wrong(
      folder,
      `${text}, want ${formatBytes(SHM_FREE_BYTES_MIN)}: remove what is left there, or mount it larger`,
    );
  } catch (error) {
    return wrong(folder, `cannot be written: ${error instanceof Error ? error.message : error}`);
  }
}

/** `sendBufferFile`: where the kernel says how large a socket's buffer may be. */
export function checkLimits(sendBufferFile = "/proc/sys/net/core/wmem_max"): SetupCheck[] {
  const soft = openFilesMax();
  if (soft === null) return [{ name: "limits", state: "note", text: "/proc is hidden: they cannot be looked up" }];
  const sendBuffer = sendBufferMax(sendBufferFile);
  const isSmall = sendBuffer !== null && sendBuffer < SEND_BUFFER_BYTES;
  const advice = `: clients may wait for a busy server; \`sysctl net.core.wmem_max=${SEND_BUFFER_BYTES}\` gives them more room`;
  return [
    soft >= DESCRIPTORS_MIN
      ? { name: "open files", state: "ok", text: `${soft}` }
      : wrong("open files", `${soft}, want ${DESCRIPTORS_MIN}: raise it with \`ulimit -n\``),
    sendBuffer === null
      ? { name: "net.core.wmem_max", state: "note", text: "hidden here" }
      : { name: "net.core.wmem_max", state: isSmall ? "note" : "ok", text: `${sendBuffer}${isSmall ? advice : ""}` },
  ];
}

/** Null in many containers, whose network is not the machine's. */
function sendBufferMax(file: string): number | null {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

/** Its version, and the Python that has it. */
const TtnnAnswer = z.tuple([z.string(), z.string()]);

/** The ttnn that `python3` or `python` on the PATH would import. */
export async function checkTtnn(env: Readonly<NodeJS.ProcessEnv>): Promise<SetupCheck> {
  const program = "import importlib.metadata as m, json, sys; print(json.dumps([m.version('ttnn'), sys.executable]))";
  for (const python of ["python3", "python"]) {
    try {
      const { stdout } = await promisify(execFile)(python, ["-c", program], { env: { ...env } });
      const [version, executable] = TtnnAnswer.parse(JSON.parse(stdout));
      return ttnnCheck(version, executable);
    } catch {
      // Not there, or without ttnn: the next one.
    }
  }
  return { name: "ttnn", state: "note", text: "none for python3 or python on the PATH: activate its environment" };
}

/** Whether the library that follows allocations is built, and whether a Python can load it. */
export async function checkTracer(library: string, env: Readonly<NodeJS.ProcessEnv>): Promise<SetupCheck> {
  const name = "tracer";
  if (!existsSync(library)) {
    return wrong(name, `not built, so allocations are not followed: ${howToBuildTracer()}`);
  }
  const program = "import ctypes, sys; ctypes.CDLL(sys.argv[1])";
  for (const python of ["python3", "python"]) {
    try {
      await promisify(execFile)(python, ["-c", program, library], { env: { ...env } });
      return { name, state: "ok", text: `${library}, can be loaded` };
    } catch (error) {
      if (isNotFound(error)) continue;
      return wrong(name, `${python} cannot load it: ${lastLine(error)}; ${howToBuildTracer()}`);
    }
  }
  return { name, state: "note", text: `${library}; no Python on the PATH could try to load it` };
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** What a Python program said in the end. */
function lastLine(error: unknown): string {
  const said = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
  return said.trim().split("\n").at(-1) ?? "";
}

function ttnnCheck(version: string, executable: string): SetupCheck {
  const [oldest, newest] = TTNN_TESTED;
  const isTested = compare(version, oldest) >= 0 && compare(version, newest) <= 0;
  const text = `${version} (${executable})`;
  if (isTested) return { name: "ttnn", state: "ok", text: `${text}, can be measured` };
  return {
    name: "ttnn",
    state: "note",
    text: `${text}: measured versions are ${oldest} to ${newest}, and \`tt-memwatch selftest\` tests yours`,
  };
}

function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map((part) => Number.parseInt(part, 10)));
  for (let part = 0; part < 3; part += 1) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function wrong(name: string, text: string): SetupCheck {
  return { name, state: "wrong", text };
}
