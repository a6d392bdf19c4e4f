/** What a single executable does first: it unpacks its tree, where that is not done yet, and starts the engine in it. */
import module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { unpackedTree } from "./unpack.ts";

try {
  const tree = unpackedTree(process.env);
  module.enableCompileCache(join(dirname(tree), "compile-cache"));
  // For the commands that a report offers.
  process.env.TT_MEMWATCH_PROGRAM = process.execPath;
  createRequire(join(tree, "package.json"))("./dist/engine/main.mjs");
} catch (error) {
  process.stderr.write(`tt-memwatch: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 2;
}
