import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { billOfMaterials } from "./bill-of-materials.ts";
import { CLONE } from "./folders.ts";

const LICENCES = "THIRD-PARTY-LICENSES";

/** Writes the licences of the packages that are part of the engine, as each of them asks for. */
export function writeLicences(folder: string): void {
  const parts = billOfMaterials({ hasNode: false }).components.map(({ name, version }) => {
    const texts = licencesOf(name);
    if (texts.length === 0) throw new Error(`${name} ${version}: found no licence in its package`);
    return [`${name} ${version}`, ...texts].join("\n\n");
  });
  writeFileSync(join(folder, LICENCES), `${parts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`);
}

function licencesOf(name: string): string[] {
  // The library of koffi is of koffi's package.
  const folder = join(CLONE, "node_modules", name.startsWith("@koromix/") ? "koffi" : name);
  return globSync("{LICEN[CS]E,license,licence,COPYING}*", { cwd: folder })
    .toSorted()
    .map((file) => readFileSync(join(folder, file), "utf8").trim());
}
