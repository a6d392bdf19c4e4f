/**
 * Makes packages of what is in the clone. The same commit gives the same bytes.
 *
 * Usage: node packaging/main.ts [--output dist] [--work build/packages] wheels|npm-package|executable|man|tree...
 * `tree` leaves the tree of all packages, with the tracer, in `work`.
 */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { makeExecutable } from "./executable.ts";
import { CLONE } from "./folders.ts";
import { writeManual } from "./manual.ts";
import { makeNpmPackage } from "./npm-package.ts";
import { addTracer, makeTree } from "./tree.ts";
import { makeWheels } from "./wheels.ts";

const PACKAGES: Readonly<Record<string, (tree: string, work: string, output: string) => void | Promise<void>>> = {
  wheels: makeWheels,
  "npm-package": makeNpmPackage,
  executable: makeExecutable,
  man: (_tree, _work, output) => writeManual(join(output, "man")),
  tree: (tree) => addTracer(tree),
};

const { values, positionals } = parseArgs({
  options: {
    output: { type: "string", default: join(CLONE, "dist") },
    work: { type: "string", default: join(CLONE, "build/packages") },
  },
  allowPositionals: true,
});
const unknown = positionals.find((name) => !Object.hasOwn(PACKAGES, name));
if (unknown !== undefined || positionals.length === 0) {
  throw new Error(`packaging: wanted some of ${Object.keys(PACKAGES).join(", ")}; got ${unknown ?? "none"}`);
}
const output = resolve(values.output);
const tree = resolve(values.work, "tree");
mkdirSync(output, { recursive: true });
await makeTree(tree);
for (const name of positionals) await PACKAGES[name]?.(tree, resolve(values.work, name), output);
