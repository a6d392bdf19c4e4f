/** What every package consists of: the tree of the clone, as far as the program needs it, and the bundled engine. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeBillOfMaterials } from "./bill-of-materials.ts";
import { bundleModules } from "./bundle.ts";
import { writeCompletions } from "./completions.ts";
import { CLONE, copy, copyFromClone, makeEmpty } from "./folders.ts";
import { writeLicences } from "./licences.ts";
import { writeManual } from "./manual.ts";
import { writeJson } from "./write-json.ts";

/** Built by the clone's setup. */
export const TRACER_LIBRARY = "build/native/libtt_memwatch_tracer.so";

const PARTS = [
  "LICENSE",
  "bin",
  "build/web",
  "rules",
  "clients/mock/devices",
  "clients/mock/python",
  "clients/mock/stand_in_compiler.py",
  "clients/native/bootstrap",
  "clients/native/python",
  "clients/pytest/bootstrap",
  "clients/pytest/src",
  "clients/selftest",
];

/** What the library is built from. */
export const TRACER_SOURCES = ["clients/native/src", "clients/native/build.sh"];

/** Of koffi, what Node loads; its library is the one for machines of this kind. */
const KOFFI_FILES = ["LICENSE.txt", "indirect.cjs", "src/koffi/indirect.cjs"];
const KOFFI_LIBRARY = "linux_x64/koffi.node";
const KOFFI_LIBRARY_PACKAGE = "@koromix/koffi-linux-x64";

export interface Package {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
}

export function packageOf(clone: string): Package {
  return JSON.parse(readFileSync(join(clone, "package.json"), "utf8"));
}

/** Makes the tree in an empty folder. The tracer is not part of it, because a source distribution has none. */
export async function makeTree(folder: string): Promise<void> {
  makeEmpty(folder);
  for (const part of PARTS) copyFromClone(part, join(folder, part));
  const { name, version, description, license, engines } = packageOf(CLONE);
  writeJson(join(folder, "package.json"), { name, version, description, license, type: "module", engines });
  copyKoffi(join(folder, "node_modules/koffi"));
  await bundleModules(CLONE, join(folder, "dist/engine"));
  await writeCompletions(join(folder, "share"));
  await writeManual(join(folder, "share/man/man1"));
  writeBillOfMaterials(folder, { hasNode: false });
  writeLicences(folder);
}

/** Adds the library for machines of this kind. */
export function addTracer(folder: string): void {
  requireTracer();
  copyFromClone(TRACER_LIBRARY, join(folder, TRACER_LIBRARY));
}

export function requireTracer(): void {
  if (existsSync(join(CLONE, TRACER_LIBRARY))) return;
  throw new Error(`${TRACER_LIBRARY} is not there: install a C++ compiler and run \`make setup\``);
}

/** It looks for its library here, or else in a package that would have to be beside it. */
function copyKoffi(folder: string): void {
  const packages = join(CLONE, "node_modules");
  for (const file of KOFFI_FILES) copy(join(packages, "koffi", file), join(folder, file));
  copy(join(packages, KOFFI_LIBRARY_PACKAGE, KOFFI_LIBRARY), join(folder, "build/koffi", KOFFI_LIBRARY));
  const { name, version, license } = packageOf(join(packages, "koffi"));
  writeJson(join(folder, "package.json"), { name, version, license, main: "./indirect.cjs" });
}
