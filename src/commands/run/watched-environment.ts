import { delimiter } from "node:path";
import type { ClearMode } from "../../core/model/event.ts";
import { ownFile } from "../../files/own-files.ts";
import { toxOverride } from "../tox-environment.ts";
import { tracerLibrary } from "../tracer-library.ts";
import type { TracerOptions } from "./tracer-options.ts";

const BOOTSTRAP = "tt_memwatch_bootstrap";

/** The variables that have to reach pytest through whatever starts it. */
const PASSED_ON = ["PYTHONPATH", "PYTEST_PLUGINS", "TT_MEMWATCH_*", "XDG_DATA_HOME"];

/** What the user wants of the plugin; null leaves it to the user's own environment and pytest.ini. */
export interface PluginOptions {
  readonly clear: ClearMode | null;
  /** Bytes of each limit of a test's memory, by the variable that the plugin learns it from. */
  readonly limits: Readonly<Record<string, number>>;
  /** How often to repeat a test that left something. */
  readonly confirm: number | null;
  /** How many runs of a test only warm up, before the one that counts. */
  readonly warmUp: number | null;
  /** Whether to record what happens inside of operations. */
  readonly isExplained: boolean;
  /** Whether to look at the host memory of its process, where the user's environment and pytest.ini do not say otherwise. */
  readonly looksAtHost: boolean;
}

/** How the command's processes trace their allocations. */
export interface TracingEnvironment extends TracerOptions {
  /** Where their rings go. */
  readonly folder: string;
}

/** The Python module of the native part: the plugin uses it also where nothing is traced. */
export const TRACER_MODULE = "clients/native/python";

/** The module, and what starts the tracer in programs that do not run pytest. */
const TRACER_FOLDERS = ["clients/native/bootstrap", TRACER_MODULE];

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
  tracing: TracingEnvironment | null,
): NodeJS.ProcessEnv {
  const folders = ["clients/pytest/bootstrap", ...(tracing === null ? [TRACER_MODULE] : TRACER_FOLDERS)];
  return {
    ...env,
    ...pluginVariables(options),
    ...(tracing === null ? { TT_MEMWATCH_TRACER: "off" } : tracerVariables(tracing)),
    TT_MEMWATCH_TRACER_LIBRARY: tracerLibrary(),
    TT_MEMWATCH_SOCKET: socketPath,
    TT_MEMWATCH_PLUGIN_PATH: ownFile("clients/pytest/src"),
    ...(env.PYTEST_DISABLE_PLUGIN_AUTOLOAD ? { PYTEST_PLUGINS: append(env.PYTEST_PLUGINS, ",", BOOTSTRAP) } : {}),
    PYTHONPATH: append(env.PYTHONPATH, delimiter, folders.map(ownFile).join(delimiter)),
    TOX_OVERRIDE: toxOverride(env, PASSED_ON),
  };
}

/** What a program needs to trace its allocations by itself, with pytest or without. */
export function traceEnvironment(env: Readonly<NodeJS.ProcessEnv>, tracing: TracingEnvironment): NodeJS.ProcessEnv {
  return {
    ...env,
    ...tracerVariables(tracing),
    PYTHONPATH: append(env.PYTHONPATH, delimiter, TRACER_FOLDERS.map(ownFile).join(delimiter)),
  };
}

function tracerVariables({ folder, mode, stackFrames }: TracingEnvironment): NodeJS.ProcessEnv {
  return {
    TT_MEMWATCH_TRACER: mode,
    TT_MEMWATCH_TRACER_DIR: folder,
    TT_MEMWATCH_TRACER_STACKS: String(stackFrames),
    TT_MEMWATCH_TRACER_LIBRARY: tracerLibrary(),
  };
}

function append(theirs: string | undefined, separator: string, ours: string): string {
  return theirs ? `${theirs}${separator}${ours}` : ours;
}

/** What the flags say to the plugin. */
export function pluginVariables({
  clear,
  limits,
  confirm,
  warmUp,
  isExplained,
  looksAtHost,
}: PluginOptions): NodeJS.ProcessEnv {
  const variables: NodeJS.ProcessEnv = {};
  if (clear !== null) variables.TT_MEMWATCH_CLEAR = clear;
  if (isExplained) variables.TT_MEMWATCH_EXPLAIN = "yes";
  if (!looksAtHost) variables.TT_MEMWATCH_HOST = "off";
  if (confirm !== null) variables.TT_MEMWATCH_CONFIRM = String(confirm);
  if (warmUp !== null) variables.TT_MEMWATCH_WARM_UP = String(warmUp);
  for (const [variable, bytes] of Object.entries(limits)) variables[variable] = String(bytes);
  return variables;
}
