import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { UsageError } from "../../core/base/usage-error.ts";
import { ownFile } from "../../files/own-files.ts";
import { userFolder } from "../../files/user-folder.ts";
import type { Io } from "../io.ts";
import { toxOverride } from "../tox-environment.ts";

export const MOCK_DEVICES = ["n150", "n150x2", "n300", "p150"] as const;
export type MockDevice = (typeof MOCK_DEVICES)[number];

export const DEFAULT_DEVICE: MockDevice = "n150";

export function isMockDevice(name: string): name is MockDevice {
  return MOCK_DEVICES.some((device) => device === name);
}

/** The variables that have to reach the Python process through whatever starts it. */
const PASSED_ON = ["PYTHONPATH", "TT_METAL_*", "TT_MEMWATCH_*", "TT_LOGGER_LEVEL", "OMPI_MCA_btl"];

type Place = Pick<Io, "env" | "cwd">;

interface Descriptor {
  readonly path: string;
  /** Names the folder of its kernel cache. */
  readonly name: string;
}

/**
 * The environment in which a command's ttnn finds a mock device.
 *
 * `device` null: the descriptor the user named, else the default device.  `privateFolder` is for what nobody needs after
 * the command ended: logs, and what the Python side has to say (`refused` and `warnings`, one line each).  The ttnn that will be imported is unknown here; clients/mock/python does what depends on it.
 */
export function mockEnvironment(device: MockDevice | null, privateFolder: string, place: Place): NodeJS.ProcessEnv {
  const { env } = place;
  const descriptor = descriptorOf(device, place);
  const cache = mockCache(env, privateFolder);
  return {
    ...env,
    TT_METAL_MOCK_CLUSTER_DESC_PATH: descriptor.path,
    // Never the user's: the stand-in's kernels must not meet a real device.
    TT_METAL_CACHE: join(cache, descriptor.name),
    TT_METAL_LOGS_PATH: privateFolder,
    TT_LOGGER_LEVEL: env.TT_LOGGER_LEVEL ?? "error",
    // These two leave files in /dev/shm.
    TT_METAL_SHM_TRACKING_DISABLED: env.TT_METAL_SHM_TRACKING_DISABLED ?? "1",
    OMPI_MCA_btl: env.OMPI_MCA_btl ?? "self",
    TT_MEMWATCH_MOCK_CACHE: cache,
    TT_MEMWATCH_MOCK_DEVICE: descriptor.name,
    TT_MEMWATCH_MOCK_NOTES: privateFolder,
    PYTHONPATH: [ownFile("clients/mock/python"), env.PYTHONPATH].filter(Boolean).join(delimiter),
    TOX_OVERRIDE: toxOverride(env, PASSED_ON),
  };
}

function descriptorOf(device: MockDevice | null, { env, cwd }: Place): Descriptor {
  const named = env.TT_METAL_MOCK_CLUSTER_DESC_PATH;
  if (!named) return shippedDescriptor(device ?? DEFAULT_DEVICE);
  // Where one `mock` is run under another of the same device.
  if (device !== null && shippedDescriptor(device).path === named) return shippedDescriptor(device);
  if (device !== null) {
    throw new UsageError(
      `mock: --device ${device} contradicts TT_METAL_MOCK_CLUSTER_DESC_PATH=${named}; drop the one or unset the other`,
    );
  }
  const path = resolve(cwd, named);
  if (!existsSync(path)) {
    throw new UsageError(
      `mock: TT_METAL_MOCK_CLUSTER_DESC_PATH names ${path}, which does not exist; correct or unset it`,
    );
  }
  return { path, name: `named-${createHash("sha256").update(path).digest("hex").slice(0, 12)}` };
}

function shippedDescriptor(device: MockDevice): Descriptor {
  return { path: ownFile(`clients/mock/devices/${device}.yaml`), name: device };
}

/** Kept, because a first opening compiles for a second; not where a shell would take the path apart. */
function mockCache(env: Readonly<NodeJS.ProcessEnv>, privateFolder: string): string {
  const folder = userFolder("cache", env);
  const kept = folder === null ? "" : join(folder, "tt-memwatch", "mock");
  return isPlainWord(kept) ? kept : join(privateFolder, "cache");
}

/** ttnn gives its compiler's path to a shell without quoting it. */
export function isPlainWord(path: string): boolean {
  return /^[\p{L}\p{M}\p{N}_.,:=@%+/-]+$/u.test(path);
}
