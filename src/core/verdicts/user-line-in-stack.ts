import type { Origin } from "../model/finding.ts";
import type { StackFrame } from "../model/stack.ts";

/** Where a stack is to be read from: whose code it is follows from its files. */
export interface SuiteFiles {
  /** pytest's root directory; absolute. */
  readonly rootDir: string;
  /** The test's file, relative to it; null where no test is concerned. */
  readonly testFile: string | null;
}

/** Packages between the user's code and an allocation: their frames say nothing of who asked. */
const PASSED_OVER =
  /\/(?:site-packages|dist-packages)\/(?:ttnn|_pytest|pytest|pluggy|tt_memwatch\w*|loguru)\/|\/tt_memwatch\w*\/|<frozen |\/lib\/python3\.\d+\/(?!site-packages|dist-packages)/;
/** ttnn in a source checkout. */
const TTNN_SOURCE = /\/ttnn\/ttnn\//;

/**
 * The line of the user's code that allocated, from a Python stack, innermost frame first: the first frame that is not
 * of ttnn, pytest, Python itself or this tool. null where there is none.
 */
export function originOf(
  stack: readonly StackFrame[],
  operation: string | null,
  { rootDir, testFile }: SuiteFiles,
): Origin | null {
  const own = ownFrames(stack);
  const [caller] = own;
  if (caller === undefined) return null;
  const file = relativeTo(rootDir, caller.file);
  const inTest = own.find((frame) => testFile !== null && relativeTo(rootDir, frame.file) === testFile);
  const isDirect = inTest === undefined || file === testFile;
  const testLine = isDirect || testFile === null ? null : { file: testFile, line: inTest.line };
  return { operation, file, line: caller.line, function: caller.function, testLine };
}

/** Those frames that are not of ttnn, pytest, Python itself or this tool. */
export function ownFrames(stack: readonly StackFrame[]): readonly StackFrame[] {
  return stack.filter(({ file }) => !PASSED_OVER.test(file) && !TTNN_SOURCE.test(file) && !file.startsWith("<"));
}

/** A file as reports name it: relative to the folder, where it is below that. */
export function relativeTo(rootDir: string, file: string): string {
  const prefix = rootDir.endsWith("/") ? rootDir : `${rootDir}/`;
  return file.startsWith(prefix) ? file.slice(prefix.length) : file;
}
