import { closeSync, constants, fstatSync, lstatSync, openSync, rmSync } from "node:fs";

/** Opens a path itself, not what is behind it, so also a socket: Linux's <fcntl.h>, on every processor that ttnn runs on. */
const O_PATH = 0o10000000;

/**
 * The socket's file that a path led to once, held by a descriptor: as long as it is, no other file gets its inode number,
 * as one would at once on ext4 if ours were removed. Times tell no two files apart that came in one tick of the clock.
 */
export class SocketFile implements Disposable {
  readonly #path: string;
  readonly #descriptor: number;

  /** Throws the system's error where nothing is there. */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, O_PATH | constants.O_NOFOLLOW);
  }

  /** Removes the file, unless its path is another's by now. */
  remove(): void {
    const [there, ours] = [lstatSync(this.#path, { throwIfNoEntry: false }), fstatSync(this.#descriptor)];
    if (there?.dev === ours.dev && there.ino === ours.ino) rmSync(this.#path, { force: true });
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}
