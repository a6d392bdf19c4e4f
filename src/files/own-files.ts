import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Where a file of the program's own lies; `path` is the one in the clone. An installed package has the same tree, and its code
 * is as deep in it as this file is here.
 */
export function ownFile(path: string): string {
  return join(FOLDER, path);
}
