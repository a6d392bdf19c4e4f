import { isAbsolute, join, resolve } from "node:path";
import { isServerAddress, withoutPassword } from "../../core/base/database-address.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { readTextFile } from "../../files/open-outside-file.ts";
import { userFolder } from "../../files/user-folder.ts";
import { CONFIG_BYTES_MAX, type HistoryConfig, parseConfig } from "../../in/config/config-file.ts";
import type { Retention } from "../../out/store/prune.ts";
import type { NamedFile } from "../different-files.ts";
import type { Io } from "../io.ts";

export const HISTORY_VARIABLE = "TT_MEMWATCH_HISTORY";

/** What the variable may be instead of a place. */
const ON = new Set(["1", "on", "yes", "true"]);
const OFF = new Set(["0", "off", "no", "false"]);

const MS_PER_DAY = 86_400_000;

/** What a file of the user's own may grow to, unless the configuration says otherwise, in bytes. */
const OWN_FILE_BYTES_MAX = 1_073_741_824;

const DATABASE_FILE = /\.(?:db|sqlite3?)$/;

const WANTED = "a file whose name ends in .db or .sqlite, or postgres://USER@HOST/DATABASE";

/** A history that runs are stored in, or read from. */
export interface HistoryPlace {
  /** A `postgres://` address, or an absolute path. */
  readonly where: string;
  readonly retention: Retention;
  readonly labels: Readonly<Record<string, string>>;
}

/** The file that it is, which runs are added to; none for a server. `name`: what the user gave it by. */
export function historyFiles(name: string, place: HistoryPlace | null): NamedFile[] {
  return place === null || isServerAddress(place.where) ? [] : [{ name, path: place.where }];
}

/** `--history`, `--history=WHERE`, `--no-history`, or none of them. */
export type HistoryFlag = string | boolean | undefined;

/**
 * Where the history is that is asked for: by the option, else by the variable, else by the user's configuration. null: none
 * of them asks for one.
 *
 * @throws UsageError where one of them cannot be read
 */
export function historyPlace(command: string, flag: HistoryFlag, io: Io): HistoryPlace | null {
  const variable = io.env[HISTORY_VARIABLE] ?? "";
  if (flag === false || (flag === undefined && OFF.has(variable))) return null;
  const config = readConfig(io.env);
  if (flag === undefined && variable === "" && config === null) return null;
  const named =
    typeof flag === "string" ? flag : variable === "" || ON.has(variable) || OFF.has(variable) ? null : variable;
  if (named !== null) return placeOf(placeNamed(command, named, io.cwd), config);
  return placeOf(config?.where == null ? ownFile(command, io.env) : configured(config.where, io.env), config);
}

/** The same for a command that is about the history: there always is one. */
export function historyPlaceOrOwn(command: string, flag: HistoryFlag, io: Io): HistoryPlace {
  const isOff = OFF.has(io.env[HISTORY_VARIABLE] ?? "");
  return historyPlace(command, flag ?? (isOff ? true : undefined), io) ?? placeOf(ownFile(command, io.env), null);
}

function placeOf(where: string, config: HistoryConfig | null): HistoryPlace {
  const { keepDays = null, keepBytes = null, labels = {} } = config ?? {};
  const own = isServerAddress(where) ? null : OWN_FILE_BYTES_MAX;
  const retention = { ageMs: keepDays === null ? null : keepDays * MS_PER_DAY, sizeBytes: keepBytes ?? own };
  return { where, retention, labels };
}

/** A word that is neither an address nor the name of a database may be the command that was to be run, or the recording. */
function placeNamed(command: string, named: string, cwd: string): string {
  if (isServerAddress(named)) return named;
  if (DATABASE_FILE.test(named) && !/^\w[\w+.-]+:\/\//.test(named)) return resolve(cwd, named);
  throw new UsageError(
    `${command}: --history got "${withoutPassword(named)}"; wanted ${WANTED}. Without either, put another option or -- behind it`,
  );
}

function configured(where: string, env: Io["env"]): string {
  if (isServerAddress(where)) return where;
  const path = where.startsWith("~/") && env.HOME ? join(env.HOME, where.slice(2)) : where;
  if (isAbsolute(path) && DATABASE_FILE.test(path)) return path;
  throw new UsageError(
    `${configFile(env)}: history.where is "${withoutPassword(where)}"; wanted the absolute path of ${WANTED}`,
  );
}

function ownFile(command: string, env: Io["env"]): string {
  const folder = userFolder("data", env);
  if (folder === null)
    throw new UsageError(`${command}: this user has no home; name a file: --history=/path/to/history.db`);
  return join(folder, "tt-memwatch", "history.db");
}

function readConfig(env: Io["env"]): HistoryConfig | null {
  const path = configFile(env);
  if (path === null) return null;
  try {
    return parseConfig(readTextFile(path, CONFIG_BYTES_MAX), path);
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error) || !("code" in error)) throw error;
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw new UsageError(`${path} cannot be read: ${error.message}`);
  }
}

function configFile(env: Io["env"]): string | null {
  const folder = userFolder("config", env);
  return folder === null ? null : join(folder, "tt-memwatch", "config.toml");
}
