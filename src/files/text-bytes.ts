/** What to write: a text as a whole, or pieces that are made anew each time, where the whole would take much memory. */
export type Text = string | (() => Iterable<string | Uint8Array>);

/** Bytes that are written at once, at least: a piece may be a few characters. */
const WRITTEN_BYTES = 1 << 16;

/** The bytes of a text, in order. */
export function* bytesOf(text: Text): Iterable<Buffer> {
  if (typeof text === "string") {
    yield Buffer.from(text);
    return;
  }
  let waiting: string[] = [];
  let characters = 0;
  for (const piece of text()) {
    if (typeof piece !== "string") {
      if (waiting.length > 0) yield Buffer.from(waiting.join(""));
      [waiting, characters] = [[], 0];
      yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      continue;
    }
    waiting.push(piece);
    characters += piece.length;
    if (characters < WRITTEN_BYTES) continue;
    yield Buffer.from(waiting.join(""));
    [waiting, characters] = [[], 0];
  }
  yield Buffer.from(waiting.join(""));
}
