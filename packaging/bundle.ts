import { rolldown } from "rolldown";

/** Found in node_modules at run time, because it brings a native library. */
const EXTERNAL = ["koffi"];

/** Notices of licences stay; comments are for those who read the sources. */
const COMMENTS = { legal: true, annotation: false, jsdoc: false };

/** The engine as modules that are loaded when they are needed; `main.mjs` is the first. */
export async function bundleModules(clone: string, folder: string): Promise<void> {
  await using build = await rolldown({
    cwd: clone,
    input: { main: "src/main.ts" },
    platform: "node",
    external: EXTERNAL,
  });
  await build.write({
    dir: folder,
    format: "esm",
    entryFileNames: "[name].mjs",
    chunkFileNames: "[name]-[hash].mjs",
    comments: COMMENTS,
  });
}

/** A program of ours as one script, as a single executable wants it. */
export async function bundleScript(clone: string, source: string, file: string): Promise<void> {
  await using build = await rolldown({ cwd: clone, input: source, platform: "node" });
  await build.write({ file, format: "cjs", comments: COMMENTS });
}
