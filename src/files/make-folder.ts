import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder that is nobody else's to read, and those above it that are missing; nothing where it is there.
 *
 * One after another: Node's `recursive` never ends where the kernel says ENOENT of each, as below /proc.
 *
 * @throws what the system says, such as ENOENT, EACCES, or EEXIST of a file in the way
 */
export function makePrivateFolder(path: string): void {
  if (isFolder(path)) return;
  const above = dirname(path);
  if (above !== path) makePrivateFolder(above);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
