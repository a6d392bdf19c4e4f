import type { StackFrame } from "../../core/model/stack.ts";

/** bytes, number, count of frames. */
const ENTRY_BYTES = 12;
/** line, bytes of the file's name, bytes of the function's name. */
const FRAME_BYTES = 8;
/** More frames than a tracer ever writes: beyond it, what is read is not a stack. */
const FRAMES_MAX = 1024;

/**
 * Reads a part of the stacks area of a ring that begins with an entry, and adds its stacks by number. What does not fit its
 * own lengths ends it, because nothing after it can be found. Returns whether all of it was read.
 */
export function parseStacks(bytes: Buffer, stacks: Map<number, readonly StackFrame[]>): boolean {
  let at = 0;
  while (at + ENTRY_BYTES <= bytes.length) {
    const size = bytes.readUInt32LE(at);
    const frames = size < ENTRY_BYTES || at + size > bytes.length ? null : parseFrames(bytes.subarray(at, at + size));
    if (frames === null) return false;
    stacks.set(bytes.readUInt32LE(at + 4), frames);
    at += size;
  }
  return at === bytes.length;
}

function parseFrames(entry: Buffer): StackFrame[] | null {
  const count = entry.readUInt32LE(8);
  if (count > FRAMES_MAX) return null;
  const frames: StackFrame[] = [];
  let at = ENTRY_BYTES;
  for (let index = 0; index < count; index++) {
    if (at + FRAME_BYTES > entry.length) return null;
    const fileEnd = at + FRAME_BYTES + entry.readUInt16LE(at + 4);
    const end = fileEnd + entry.readUInt16LE(at + 6);
    if (end > entry.length) return null;
    const file = entry.toString("utf8", at + FRAME_BYTES, fileEnd);
    frames.push({ file, line: entry.readUInt32LE(at), function: entry.toString("utf8", fileEnd, end) });
    at = Math.ceil(end / 4) * 4;
  }
  return frames;
}
