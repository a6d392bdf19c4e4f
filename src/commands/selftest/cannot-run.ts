/** The self-test could not begin, or was interrupted. The message is one line that says why and what to do. */
export class CannotRun extends Error {
  override readonly name = "CannotRun";
}
