import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ENVIRONMENT } from "../environment.ts";

export const CLONE = fileURLToPath(new URL("../..", import.meta.url));
export const PROGRAM = join(CLONE, "bin", "tt-memwatch");

/** A program that has not ended by then is taken for one that hangs; most take 5 s, on a busy machine ten times as long. */
const END_WITHIN_MS = 120_000;

export interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
  readonly isHanging: boolean;
}

/** A program of the campaign, and all that it says. */
export class Started {
  readonly child: ChildProcess;
  #output = "";
  #isHanging = false;
  readonly #closed: Promise<unknown>;

  constructor([program = "", ...args]: readonly string[], env: NodeJS.ProcessEnv) {
    this.child = spawn(program, args, { env: { ...ENVIRONMENT, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output += chunk;
      });
    }
    this.#closed = once(this.child, "close");
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async end(): Promise<Ended> {
    const timer = setTimeout(() => {
      this.#isHanging = true;
      this.child.kill("SIGKILL");
    }, END_WITHIN_MS);
    await this.#closed;
    clearTimeout(timer);
    return { exitCode: this.child.exitCode, output: this.#output, isHanging: this.#isHanging };
  }
}

const COMPILER = process.env.CC ?? "cc";

export function hasCompiler(): boolean {
  return spawnSync(COMPILER, ["--version"], { stdio: "ignore" }).status === 0;
}

/** Compiles what makes system calls fail; gives its path. */
export function buildInjection(folder: string): string {
  const library = join(folder, "inject.so");
  const source = fileURLToPath(new URL("inject.c", import.meta.url));
  const flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"];
  execFileSync(COMPILER, [...flags, "-o", library, source]);
  return library;
}

export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1_024;
}

/** What a program of ours says instead of a stack, whatever went wrong. */
export function stackIn(output: string): string | null {
  return /^Node\.js v.*$|^ {4}at .*src\/.*$/m.exec(output)?.[0] ?? null;
}
