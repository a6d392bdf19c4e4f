import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** What a user's programs keep, by the XDG Base Directory Specification: the variable that names its folder, and the folder without it. */
const FOLDERS = {
  cache: ["XDG_CACHE_HOME", ".cache"],
  data: ["XDG_DATA_HOME", ".local/share"],
  config: ["XDG_CONFIG_HOME", ".config"],
} as const;

/** The folder for what this user's programs keep; null for a user without a home. */
export function userFolder(kind: keyof typeof FOLDERS, env: Readonly<NodeJS.ProcessEnv>): string | null {
  const [variable, below] = FOLDERS[kind];
  const named = env[variable];
  // The XDG specification: a relative path is to be ignored.
  if (named && isAbsolute(named)) return named;
  const home = env.HOME || homeByName();
  return home === null ? null : join(home, below);
}

/** Null for a user that has no entry among the users of this machine, as in many containers. */
function homeByName(): string | null {
  try {
    return homedir();
  } catch {
    return null;
  }
}
