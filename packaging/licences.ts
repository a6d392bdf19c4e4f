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

/** The files that a package has for it; where it has none, what its README says under that heading, or else what its sources begin with. */
function licencesOf(name: string): string[] {
  // The library of koffi is of koffi's package.
  const folder = join(CLONE, "node_modules", name.startsWith("@koromix/") ? "koffi" : name);
  const textOf = (file: string): string => readFileSync(join(folder, file), "utf8").trim();
  const files = globSync("{LICEN[CS]E,license,licence,COPYING}*", { cwd: folder }).toSorted();
  if (files.length > 0) return files.map(textOf);
  const sections = globSync("README*", { cwd: folder }).flatMap(
    (file) => /^#+ licen[cs]e\n+(\S.*)/ims.exec(textOf(file))?.[1] ?? [],
  );
  return sections.length > 0 ? sections : noticesOf(globSync("**/*.{js,mjs}", { cwd: folder }).toSorted().map(textOf));
}

/** Each notice of a copyright at the beginning of sources, once. */
function noticesOf(sources: readonly string[]): string[] {
  const comments = sources.map((source) => /^(?:\/\/[^\n]*\n)+/.exec(source)?.[0] ?? "");
  const notices = comments.filter((comment) => /copyright/i.test(comment));
  return [...new Set(notices.map((notice) => notice.replace(/^\/\/ ?/gm, "").trim()))];
}
