import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeBillOfMaterials } from "./bill-of-materials.ts";
import { bundleScript } from "./bundle.ts";
import { CLONE, copy, copyFromClone, filesIn, makeEmpty } from "./folders.ts";
import { addTracer, packageOf, TRACER_SOURCES } from "./tree.ts";
import { TREE_ASSET } from "./unpack.ts";
import { writeJson } from "./write-json.ts";

/** https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html: where Node looks for what it carries. */
const SECTION = "NODE_SEA_BLOB";
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

const POSTJECT = join(CLONE, "node_modules/postject/dist/cli.js");

/** A shell looks for these elsewhere, and Node is here already. */
const NOT_CARRIED = /^(bin|share)\//;

/** Makes the executable for machines with neither Python packages nor Node; `work` is for what is made on the way. */
export async function makeExecutable(tree: string, work: string, output: string): Promise<void> {
  makeEmpty(work);
  const carried = join(work, "tree");
  copy(tree, carried);
  addTracer(carried);
  for (const source of TRACER_SOURCES) copyFromClone(source, join(carried, source));
  writeBillOfMaterials(carried, { hasNode: true });
  await bundleScript(CLONE, "packaging/executable-start.ts", join(work, "start.cjs"));
  writeJson(join(work, "sea.json"), {
    // As they are here: the blob says where its script was.
    main: "start.cjs",
    output: "blob",
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    // It differs from one time to the next; what Node makes of the engine is kept beside the tree.
    useCodeCache: false,
    execArgv: ["--max-semi-space-size=8"],
    assets: assetsOf(carried, work),
  });
  execFileSync(process.execPath, ["--experimental-sea-config", "sea.json"], {
    cwd: work,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const { name, version } = packageOf(CLONE);
  const executable = join(output, `${name}-${version}-linux-${process.arch}`);
  copyFileSync(process.execPath, executable);
  chmodSync(executable, 0o755);
  execFileSync(process.execPath, [POSTJECT, executable, SECTION, join(work, "blob"), "--sentinel-fuse", FUSE], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  copyFileSync(join(carried, "sbom.cdx.json"), `${executable}.cdx.json`);
}

/** The carried files by their paths, and a digest of all that names their tree. */
function assetsOf(carried: string, work: string): Record<string, string> {
  const paths = filesIn(carried).filter((path) => !NOT_CARRIED.test(path));
  const digest = createHash("sha256");
  for (const path of paths) digest.update(`${path}\0`).update(readFileSync(join(carried, path)));
  writeFileSync(join(work, "digest"), digest.digest("hex").slice(0, 16));
  return {
    [TREE_ASSET]: join(work, "digest"),
    ...Object.fromEntries(paths.map((path) => [path, join(carried, path)])),
  };
}
