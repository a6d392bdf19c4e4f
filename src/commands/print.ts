import { bytesOf, type Text } from "../files/text-bytes.ts";

/**
 * Writes to standard output or standard error, no faster than it is read; gives whether it was taken. Why it was not is for
 * `OutputWatch` to say. Whoever reads it may have seen enough, e.g. `head`: that is not a failure.
 */
export async function print(stream: NodeJS.WriteStream, text: Text): Promise<"written" | "unread" | "failed"> {
  for (const bytes of bytesOf(text)) {
    const error = await write(stream, bytes);
    if (error !== null) return isGoneReader(error) ? "unread" : "failed";
  }
  return "written";
}

/** Whether nobody reads a stream any more. */
export function isGoneReader(error: Error): boolean {
  return "code" in error && error.code === "EPIPE";
}

function write(stream: NodeJS.WriteStream, bytes: Buffer): Promise<Error | null> {
  const { promise, resolve } = Promise.withResolvers<Error | null>();
  // The stream tells its error here and to the callback; unheard it would end us.
  stream.once("error", resolve);
  stream.write(bytes, (error) => resolve(error ?? null));
  return promise.finally(() => stream.off("error", resolve));
}
