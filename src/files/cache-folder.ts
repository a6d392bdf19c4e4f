import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** The folder for what this user's programs keep to be faster; null for a user without a home. */
export function cacheFolder(env: Readonly<NodeJS.ProcessEnv>): string | null {
  const named = env.XDG_CACHE_HOME;
  // The XDG specification: a relative path is to be ignored.
  if (named && isAbsolute(named)) return named;
  const home = env.HOME || homeByName();
  return home === null ? null : join(home, ".cache");
}

/** Null for a user that has no entry among the users of this machine, as in many containers. */
function homeByName(): string | null {
  try {
    return homedir();
  } catch {
    return null;
  }
}
