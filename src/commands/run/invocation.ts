import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import type { Io } from "../io.ts";
import { DEFAULT_DEVICE, isMockDevice } from "../mock/mock-environment.ts";

const NAME = "tt-memwatch";

/** How bin/tt-memwatch was called; it sets this. */
const PROGRAM_VARIABLE = "TT_MEMWATCH_PROGRAM";

/**
 * The words to put before another command to have it watched as this one is: how this program was called, and `mock` where the run is
 * under it.
 *
 * `own`: the words for a program that was started without bin/tt-memwatch. `options`: of this run, that the other shall have too.
 */
export function invocationOf(
  { env, cwd }: Pick<Io, "env" | "cwd">,
  own: readonly string[],
  options: readonly string[],
): readonly string[] {
  const program = programOf(env, cwd, own);
  return [...mockWords(env, program), ...program, "run", ...options, "--"];
}

function programOf(env: Io["env"], cwd: string, own: readonly string[]): readonly string[] {
  const called = env[PROGRAM_VARIABLE];
  if (!called) return own;
  const onPath = findOnPath(env.PATH ?? "");
  return [onPath !== null && onPath === realPathOf(resolve(cwd, called)) ? NAME : called];
}

/** What a shell would start, its links followed. */
function findOnPath(path: string): string | null {
  const found = path.split(delimiter).map((folder) => join(folder, NAME));
  return realPathOf(found.find(isExecutable) ?? null);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function realPathOf(path: string | null): string | null {
  try {
    return path === null ? null : realpathSync(path);
  } catch {
    return null;
  }
}

/** `mock` names its device in the environment of what it starts. */
function mockWords(env: Io["env"], program: readonly string[]): readonly string[] {
  const device = env.TT_MEMWATCH_MOCK_DEVICE;
  if (!device) return [];
  if (device === DEFAULT_DEVICE) return [...program, "mock", "--"];
  if (isMockDevice(device)) return [...program, "mock", "--device", device, "--"];
  const descriptor = env.TT_METAL_MOCK_CLUSTER_DESC_PATH ?? "";
  return ["env", `TT_METAL_MOCK_CLUSTER_DESC_PATH=${descriptor}`, ...program, "mock", "--"];
}
