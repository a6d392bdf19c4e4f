import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { after } from "node:test";
import { gunzipSync } from "node:zlib";
import { PAGE_DATA_ID } from "../src/core/model/page.ts";
import type { JsonReport } from "../src/out/report/json-schema.ts";
import { ENVIRONMENT } from "./environment.ts";
import { onMockDevice } from "./mock-device.ts";
import { CLONE, PROGRAM } from "./program.ts";

export { CLONE, PROGRAM };
export const VERSIONS = ["0.66.0", "0.81.1"] as const;
export const NEWEST = "0.81.1";

/** A fixture that opens one device a module, as upstream's shared device does. */
const CONFTEST = `
import pytest, ttnn

@pytest.fixture(scope="module")
def device():
    device = ttnn.open_device(device_id=0)
    yield device
    ttnn.close_device(device)

@pytest.fixture
def tensor(device):
    def make(rows=32):
        return ttnn.zeros((1, 1, rows, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    return make
`;

/** One device for all tests of a process. */
export const SESSION_DEVICE = `
import pytest, ttnn

@pytest.fixture(scope="session")
def device():
    device = ttnn.open_device(device_id=0)
    yield device
    ttnn.close_device(device)
`;

/** One tile of bfloat16 for each of 12 banks: what one `tensor()` takes. */
export const TENSOR_BYTES = 12 * 2048;

export const CLEAN_TEST = "def test_clean(tensor):\n    tensor()\n";
export const LEAKING_TEST = "KEPT = []\n\ndef test_leak(tensor):\n    KEPT.append(tensor())\n";

/** A program that hangs is asked to end, so that a broken test fails instead of waiting for ever. */
const END_WITHIN_MS = 400_000;

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-run-"));
after(() => rmSync(home, { recursive: true }));

/** The program of one of the Python environments, e.g. pytest. */
export function programOf(version: (typeof VERSIONS)[number], name: string): string {
  return join(CLONE, ".venv", `ttnn-${version}`, "bin", name);
}

/** A folder of its own with these files and, unless they have one, a conftest with a device. */
export function makeSuite(files: Readonly<Record<string, string>>, name = "suite"): string {
  const folder = join(mkdtempSync(join(home, "s-")), name);
  for (const [path, text] of Object.entries({ "conftest.py": CONFTEST, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** An empty folder. */
export function makeFolder(): string {
  return mkdtempSync(join(home, "f-"));
}

export function readReport(path: string): JsonReport {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** What a report says, as text: a page for the browser has it compressed. */
export function readText(path: string): string {
  const text = readFileSync(path, "utf8");
  const data = new RegExp(`id="${PAGE_DATA_ID}">([^<]*)<`).exec(text)?.[1];
  return data === undefined ? text : gunzipSync(Buffer.from(data, "base64")).toString("utf8");
}

export interface Place {
  readonly cwd: string;
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** Another clone's. */
  readonly program?: string;
  /** The mock device, if not the default one. */
  readonly device?: string;
  /** Whether all that runs is a process group of its own. */
  readonly isOwnGroup?: boolean;
}

export interface End {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `tt-memwatch run` on a mock device, while it runs. */
export class Running {
  readonly child: ChildProcess;
  #stdout = "";
  #stderr = "";
  readonly #closed: Promise<unknown>;

  constructor(
    flags: readonly string[],
    command: readonly string[],
    { cwd, env = {}, program = PROGRAM, device, isOwnGroup = false }: Place,
  ) {
    this.child = spawn(program, ["run", ...flags, "--", ...command], {
      cwd,
      env: onMockDevice(env, device),
      stdio: ["ignore", "pipe", "pipe"],
      timeout: END_WITHIN_MS,
      detached: isOwnGroup,
    });
    this.child.stdout?.on("data", (chunk: Buffer) => {
      this.#stdout += chunk;
    });
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr += chunk;
    });
    this.#closed = once(this.child, "close");
  }

  /** Waits until standard output has this; gives the match. Throws if the program ends first. */
  sees(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#has(pattern, this.child.stdout, () => this.#stdout);
  }

  /** The same of standard error. */
  warns(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#has(pattern, this.child.stderr, () => this.#stderr);
  }

  async #has(pattern: RegExp, stream: Readable | null, textOf: () => string): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    const look = (): void => {
      const found = pattern.exec(textOf());
      if (found !== null) resolve(found);
    };
    stream?.on("data", look);
    this.child.once("close", () => reject(new Error(`${pattern} did not come:\n${this.#stdout}\n${this.#stderr}`)));
    look();
    return promise;
  }

  /** Waits until the program has ended and nobody holds its output any more. */
  async end(): Promise<End> {
    await this.#closed;
    return { exitCode: this.child.exitCode, stdout: this.#stdout, stderr: this.#stderr };
  }
}

/** Runs `tt-memwatch run FLAGS -- COMMAND` on a mock device to its end. */
export function run(flags: readonly string[], command: readonly string[], place: Place): Promise<End> {
  return new Running(flags, command, place).end();
}

/** Runs `tt-memwatch COMMAND` with no device, to its end. */
export function ask(...args: readonly string[]): End {
  const { status, stdout, stderr } = spawnSync(PROGRAM, args, { cwd: CLONE, env: ENVIRONMENT, encoding: "utf8" });
  return { exitCode: status, stdout, stderr };
}

/** As `run` with a report at `json`, and recorded: the replay of the recording is the same, byte for byte. */
export async function runRecorded(
  json: string,
  flags: readonly string[],
  command: readonly string[],
  place: Place,
): Promise<End> {
  const [recording, replayed] = [`${json}.mcap`, `${json}.replayed`];
  const end = await run(["--json", json, "--record", recording, ...flags], command, place);
  const replay = ask("replay", "--quiet", "--json", replayed, recording);
  assert.equal(replay.exitCode, end.exitCode, replay.stderr);
  assert.equal(readFileSync(replayed, "utf8"), readFileSync(json, "utf8"));
  return end;
}
