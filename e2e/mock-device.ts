import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { isMockDevice, mockEnvironment } from "../src/commands/mock/mock-environment.ts";
import { ENVIRONMENT } from "./environment.ts";

const notes = mkdtempSync(join(tmpdir(), "tt-memwatch-notes-"));
after(() => rmSync(notes, { recursive: true }));

/**
 * The environment in which `tt-memwatch mock --device DEVICE` would start a command, without the process that it would be:
 * what that does beside is tested in mock.test.ts and mock-end.test.ts. `env` is what the command has beside that of all;
 * `device` not given: the default one.
 */
export function onMockDevice(env: Readonly<NodeJS.ProcessEnv>, device?: string): NodeJS.ProcessEnv {
  if (device !== undefined && !isMockDevice(device)) throw new Error(`${device} is no mock device`);
  return mockEnvironment(device ?? null, notes, { env: { ...ENVIRONMENT, ...env }, cwd: process.cwd() });
}
