/** Nothing of a file can be read as a recording. The message says why, and what to do where there is something to do. */
export class RecordingError extends Error {
  override readonly name = "RecordingError";
}
