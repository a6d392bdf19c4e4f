import { lstatSync, rmSync, statSync } from "node:fs";

/** Which file a path leads to: an inode's number is used again. */
export function fileAt(path: string): string | null {
  try {
    const { dev, ino, birthtimeNs } = statSync(path, { bigint: true });
    return `${dev} ${ino} ${birthtimeNs}`;
  } catch {
    return null;
  }
}

export function removeIfThere(socketPath: string): void {
  if (lstatSync(socketPath, { throwIfNoEntry: false })?.isSocket() === true) rmSync(socketPath, { force: true });
}
