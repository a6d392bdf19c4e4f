import type { Socket } from "node:net";

/**
 * Time for a text client to take what it is sent at once, some 64 KiB: as long as it does not, what is listed to it is
 * kept as it was.
 */
export const READ_WITHIN_MS = 10_000;

/** Fulfilled when the text was taken or the client is gone: gives whether it is there. `refuse` is told if it took too long. */
export async function writeInTime(socket: Socket, text: string, refuse: (reason: string) => void): Promise<boolean> {
  const tooSlow = (): void => refuse(`it asked and read nothing for ${READ_WITHIN_MS / 1000} s`);
  const timer = setTimeout(tooSlow, READ_WITHIN_MS);
  const error = await new Promise<Error | null | undefined>((resolve) => socket.write(text, resolve));
  clearTimeout(timer);
  return error == null;
}
