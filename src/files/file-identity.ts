import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { placeOf } from "./replace-file.ts";

/**
 * Two absolute paths give the same text if they lead to one file. A regular file that is there is known by device and inode,
 * whatever links lead to it; all else by the path it has without symbolic links.
 */
export function fileIdentity(path: string): string {
  return orNull(() => inodeOf(path)) ?? orNull(() => resolvedPath(path)) ?? path;
}

function inodeOf(path: string): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found?.isFile() ? `${found.dev}:${found.ino}` : null;
}

/** Also of a name that is not there yet. */
function resolvedPath(path: string): string {
  const place = placeOf(path);
  return join(realpathSync(dirname(place)), basename(place));
}

/** Whatever keeps a path from being looked at is said by who reads or writes it. */
function orNull<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
