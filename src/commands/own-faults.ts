import { closeSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExitCode } from "../core/model/exit-code.ts";
import { openFile } from "../files/open-outside-file.ts";
import { engineVersion } from "./engine-version.ts";

/** Faults whose stacks are kept; one that comes back with every tick is the same one. */
const STACKS_MAX = 10;

/** After the watched command has ended, a fault may have taken what we wait for: time until we end all the same. */
const END_WITHIN_MS = 10_000;

/**
 * Faults of this program's own. None of them ends it: each is counted, the first one is said in one sentence, and their
 * stacks go into a file.
 */
export class Faults {
  readonly #stderr: NodeJS.WritableStream;
  #count = 0;
  #file: string | null = null;
  #commandExitCode: number | null = null;
  #isCommandRunning = false;
  #lastResort: NodeJS.Timeout | null = null;

  constructor(stderr: NodeJS.WritableStream) {
    this.#stderr = stderr;
  }

  get count(): number {
    return this.#count;
  }

  /** What to exit with where a fault kept us from doing what was asked: the watched command's own failure wins. */
  get exitCode(): number {
    return this.#commandExitCode || ExitCode.fault;
  }

  /** `during` says what was being done, for people: "reading a plugin's message". */
  note(error: unknown, during: string): void {
    this.#count += 1;
    if (this.#count <= STACKS_MAX) this.#keep(`while ${during}: ${stackOf(error)}\n`);
    if (this.#count === 1) this.#stderr.write(`tt-memwatch: ${this.#sentence(error, during)}\n`);
    if (this.#commandExitCode !== null && !this.#isCommandRunning) this.#endSoon();
  }

  /** Does it, unless that fails. */
  guard<T>(during: string, work: () => T): T | null {
    try {
      return work();
    } catch (error) {
      this.note(error, during);
      return null;
    }
  }

  async guardAsync<T>(during: string, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      this.note(error, during);
      return null;
    }
  }

  commandBegan(): void {
    this.#isCommandRunning = true;
    clearTimeout(this.#lastResort ?? undefined);
  }

  /** Nothing is left to wait for but ourselves. Of several commands the first failure counts. */
  commandEnded(exitCode: number): void {
    this.#isCommandRunning = false;
    this.#commandExitCode ||= exitCode;
  }

  #sentence(error: unknown, during: string): string {
    const what = `a fault of its own while ${during} (${messageOf(error)})`;
    const next = `please report it with ${this.#file ?? "what is printed above"}`;
    return `${what}: the work goes on, but the report may be incomplete; ${next}`;
  }

  #keep(text: string): void {
    try {
      this.#file ??= makeFile();
      append(this.#file, text);
    } catch {
      this.#file = null;
      this.#stderr.write(text);
    }
  }

  #endSoon(): void {
    clearTimeout(this.#lastResort ?? undefined);
    this.#lastResort = setTimeout(() => process.exit(this.exitCode), END_WITHIN_MS).unref();
  }
}

/** A new file of this user's: its name cannot be prepared by somebody else. */
function makeFile(): string {
  const path = join(tmpdir(), `tt-memwatch-fault-${process.pid}-${Date.now()}.txt`);
  closeSync(openFile(path, { access: "create", kinds: ["regular file"], links: "refuse", mode: 0o600 }));
  append(path, `tt-memwatch ${engineVersion()}, Node ${process.version}, ${process.platform} ${process.arch}\n`);
  return path;
}

function append(path: string, text: string): void {
  const file = openFile(path, { access: "append", kinds: ["regular file"], links: "refuse", mode: 0o600 });
  try {
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? messageOf(error)) : messageOf(error);
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return (text.split("\n", 1)[0] ?? "").slice(0, MESSAGE_CHARACTERS_MAX);
}

/** Of a fault's message in the sentence; the file has all of it. */
const MESSAGE_CHARACTERS_MAX = 200;
