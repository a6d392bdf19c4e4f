import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { CLONE, copy, copyFromClone, filesIn, makeEmpty } from "./folders.ts";
import { addTracer, packageOf, TRACER_SOURCES } from "./tree.ts";
import { writeJson } from "./write-json.ts";

/** Puts the package that npm installs into `output`; `work` is for what is made on the way. */
export function makeNpmPackage(tree: string, work: string, output: string): void {
  makeEmpty(work);
  copy(tree, work);
  addTracer(work);
  for (const source of TRACER_SOURCES) copyFromClone(source, join(work, source));
  copyFromClone("README.md", join(work, "README.md"));
  const { version: koffi } = packageOf(join(work, "node_modules/koffi"));
  writeJson(join(work, "package.json"), {
    ...packageOf(work),
    bin: { "tt-memwatch": "bin/tt-memwatch" },
    man: filesIn(join(work, "share/man/man1")).map((page) => `share/man/man1/${page}`),
    os: ["linux", "darwin"],
    dependencies: { koffi },
    bundleDependencies: ["koffi"],
  });
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", output], {
    cwd: work,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, PATH: `${join(CLONE, "node_modules/.bin")}:${process.env.PATH}` },
  });
}
