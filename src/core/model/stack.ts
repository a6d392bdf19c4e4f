/** One frame of a Python stack. */
export interface StackFrame {
  readonly file: string;
  readonly line: number;
  /** Qualified where Python offers it. */
  readonly function: string;
}

/** Where a buffer was allocated, as the plugin noted when the operation returned. */
export interface NotedBirth {
  readonly operation: string;
  /** Innermost first. */
  readonly stack: readonly StackFrame[];
}

/** A line of the suite's code; the file is relative to pytest's root directory, where it is below that. */
export interface SourceLine {
  readonly file: string;
  readonly line: number;
}
