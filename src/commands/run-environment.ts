import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import type { ClearMode } from "../core/model/event.ts";
import { MEMORY_TYPES, type MemoryType } from "../core/model/memory-type.ts";
import { toxOverride } from "./tox-environment.ts";

const CLIENT = fileURLToPath(new URL("../../clients/pytest/", import.meta.url));
const BOOTSTRAP = "tt_memwatch_bootstrap";

/** The variables that have to reach pytest through whatever starts it. */
const PASSED_ON = ["PYTHONPATH", "PYTEST_PLUGINS", "TT_MEMWATCH_*"];

/** What the user wants of the plugin; null leaves it to the user's own environment and pytest.ini. */
export interface PluginOptions {
  readonly clear: ClearMode | null;
  /** Bytes that a test may leave on each chip: in all, and by memory type. */
  readonly limitBytes: number | null;
  readonly limitBytesPerType: Readonly<Partial<Record<MemoryType, number>>>;
}

/**
 * The environment in which a command's pytest finds the plugin and the engine.
 *
 * The user's own entries come first: what they import is what they would import without us. The bootstrap's folder has
 * an entry point, as an installed plugin has: a Python that ignores PYTHONPATH then runs as if we were not there, where
 * naming a plugin that it can not import would end it. Only where entry points are switched off is it named.
 */
export function runEnvironment(
  env: Readonly<NodeJS.ProcessEnv>,
  socketPath: string,
  options: PluginOptions,
): NodeJS.ProcessEnv {
  return {
    ...env,
    ...pluginVariables(options),
    TT_MEMWATCH_SOCKET: socketPath,
    TT_MEMWATCH_PLUGIN_PATH: `${CLIENT}src`,
    ...(env.PYTEST_DISABLE_PLUGIN_AUTOLOAD ? { PYTEST_PLUGINS: append(env.PYTEST_PLUGINS, ",", BOOTSTRAP) } : {}),
    PYTHONPATH: append(env.PYTHONPATH, delimiter, `${CLIENT}bootstrap`),
    TOX_OVERRIDE: toxOverride(env, PASSED_ON),
  };
}

function append(theirs: string | undefined, separator: string, ours: string): string {
  return theirs ? `${theirs}${separator}${ours}` : ours;
}

function pluginVariables({ clear, limitBytes, limitBytesPerType }: PluginOptions): NodeJS.ProcessEnv {
  const variables: NodeJS.ProcessEnv = {};
  if (clear !== null) variables.TT_MEMWATCH_CLEAR = clear;
  if (limitBytes !== null) variables.TT_MEMWATCH_LIMIT = String(limitBytes);
  for (const memoryType of MEMORY_TYPES) {
    const bytes = limitBytesPerType[memoryType];
    if (bytes !== undefined) variables[`TT_MEMWATCH_${memoryType}`] = String(bytes);
  }
  return variables;
}
