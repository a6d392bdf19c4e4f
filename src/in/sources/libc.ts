import { createRequire } from "node:module";
import { ownFile } from "../../files/own-files.ts";

/**
 * The few calls of the C library that Node has no way to make. Linux only.
 *
 * Loaded when first needed: a program that cannot load it still runs, and knows less about its clients.
 */
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
/** `struct ucred`: pid, uid, gid as 32-bit integers. */
const UCRED_BYTES = 12;
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SUN_PATH_BYTES = 108;

export interface PeerCredentials {
  /** In this process's pid namespace; 0 where the peer cannot be seen from it. */
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

type Call = (...args: readonly unknown[]) => number;

interface Libc {
  readonly getsockopt: Call;
  readonly socket: Call;
  readonly sendto: Call;
  readonly close: Call;
  readonly trim: Call;
}

let loaded: Libc | null = null;

function libc(): Libc {
  if (loaded !== null) return loaded;
  const koffi: typeof import("koffi") = createRequire(ownFile("package.json"))("koffi");
  const library = koffi.load("libc.so.6");
  loaded = {
    getsockopt: library.func("int getsockopt(int, int, int, _Out_ uint8_t *, _Inout_ uint32_t *)"),
    socket: library.func("int socket(int, int, int)"),
    sendto: library.func("intptr_t sendto(int, const uint8_t *, uintptr_t, int, const uint8_t *, uint32_t)"),
    close: library.func("int close(int)"),
    trim: library.func("int malloc_trim(size_t)"),
  };
  return loaded;
}

/** Why the calls cannot be made on this machine; null where they can. */
export function libcFault(): string | null {
  try {
    libc();
    return null;
  } catch (error) {
    return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  }
}

/** Who made the connection behind a descriptor of a Unix socket, at the time it was made; null if that is not known. */
export function peerCredentials(fd: number): PeerCredentials | null {
  try {
    const bytes = new Uint8Array(UCRED_BYTES);
    if (libc().getsockopt(fd, SOL_SOCKET, SO_PEERCRED, bytes, [UCRED_BYTES]) !== 0) return null;
    const view = new DataView(bytes.buffer);
    return { pid: view.getInt32(0, true), uid: view.getUint32(4, true), gid: view.getUint32(8, true) };
  } catch {
    return null;
  }
}

/** Gives freed memory that the C library keeps back to the system, where that can be asked for. */
export function trimMemory(): void {
  try {
    libc().trim(0);
  } catch {
    // It stays with the process, as without us.
  }
}

/** Sends one datagram to a Unix socket; `path` may begin with `@` for an abstract one. Gives whether it was sent. */
export function sendDatagram(path: string, text: string): boolean {
  const name = Buffer.from(path.startsWith("@") ? `\0${path.slice(1)}` : path);
  if (name.length >= SUN_PATH_BYTES) return false;
  try {
    const { socket, sendto, close } = libc();
    const fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (fd < 0) return false;
    const address = Buffer.concat([Buffer.from([AF_UNIX, 0]), name]);
    const data = Buffer.from(text);
    const sent = sendto(fd, data, data.length, 0, address, address.length);
    close(fd);
    return sent === data.length;
  } catch {
    return false;
  }
}
