import { execFileSync } from "node:child_process";
import { cpSync, renameSync } from "node:fs";
import { join } from "node:path";
import { CLONE, copy, copyFromClone, makeEmpty } from "./folders.ts";
import { sourceEpoch } from "./source-date.ts";
import { requireTracer, TRACER_LIBRARY, TRACER_SOURCES } from "./tree.ts";

/** The environment whose hatchling builds. */
const PYTHON = join(CLONE, ".venv/ttnn-0.81.1/bin/python");

/** Puts the source distribution and the wheel into `output`; `work` is for what is made on the way. */
export function makeWheels(tree: string, work: string, output: string): void {
  requireTracer();
  makeEmpty(work);
  cpSync(join(CLONE, "packaging/python"), work, { recursive: true });
  copy(join(CLONE, "clients/pytest/README.md"), join(work, "README.md"));
  copy(tree, join(work, "tree"));
  renameSync(join(work, "tree/share"), join(work, "share"));
  for (const source of TRACER_SOURCES) copyFromClone(source, join(work, source.replace("clients/", "")));
  const env = {
    ...process.env,
    SOURCE_DATE_EPOCH: sourceEpoch(),
    TT_MEMWATCH_BUILT_TRACER: join(CLONE, TRACER_LIBRARY),
  };
  execFileSync(PYTHON, ["-m", "hatchling", "build", "-d", output], {
    cwd: work,
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
}
