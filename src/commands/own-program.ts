import { isSea } from "node:sea";

/** The words that start this program once more: Node and its script, or the single executable, which is both. */
export function ownProgram(): readonly string[] {
  return isSea() ? [process.execPath] : process.argv.slice(0, 2);
}
