import assert from "node:assert/strict";
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after } from "node:test";
import { type End, PROGRAM } from "./run-harness.ts";

/** The home of all programs here, with a letter beyond ASCII. */
export const home = mkdtempSync(join(tmpdir(), "tt-memwatch-mök-"));
after(() => rmSync(home, { recursive: true }));

/** Runs `tt-memwatch mock FLAGS -- COMMAND`. */
export function mock(flags: readonly string[], command: readonly string[], options: SpawnOptions = {}): Promise<End> {
  return endOf(start(PROGRAM, ["mock", ...flags, "--", ...command], options));
}

export function start(program: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const { PATH } = process.env;
  const env = { PATH, HOME: home, LOGURU_LEVEL: "ERROR", ...options.env };
  return spawn(program, args, { ...options, env, stdio: ["ignore", "pipe", "pipe"] });
}

export async function endOf(child: ChildProcess): Promise<End> {
  assert.ok(child.stdout && child.stderr);
  const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { exitCode, stdout, stderr };
}
