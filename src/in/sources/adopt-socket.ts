import { type BoundSocket, Socket, type SocketConstructorOpts } from "node:net";

/** What a socket that has been accepted is made of; Node has no public name for it. */
interface Handle {
  readonly fd: number;
}

interface WithHandle {
  _handle: Handle | null;
}

/**
 * Takes over an accepted, paused socket so that it reads into one buffer that all sockets share, which `net.Server` has
 * no option for: without it Node makes a buffer of 64 KiB for every read, and reading takes a third more time.
 *
 * @param read gets the number of bytes at the buffer's beginning; they are gone when it returns. Gives whether to go on
 * reading; if not, the socket's `resume` does.
 */
export function adoptSocket(accepted: Socket, buffer: Uint8Array, read: (byteCount: number) => boolean): Socket {
  const holder = accepted as unknown as WithHandle;
  const handle = holder._handle;
  if (handle === null) throw new Error("the socket is closed already");
  holder._handle = null;
  const options: SocketConstructorOpts = {
    handle: handle as unknown as BoundSocket,
    allowHalfOpen: true,
    onread: { buffer, callback: read },
  };
  // Its server counts it until it is closed.
  accepted.destroy();
  return new Socket(options);
}

/** The descriptor of a socket that is open; null where Node does not say. */
export function descriptorOf(socket: Socket): number | null {
  const fd = (socket as unknown as WithHandle)._handle?.fd;
  return typeof fd === "number" && fd >= 0 ? fd : null;
}
