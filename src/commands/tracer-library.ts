import { existsSync } from "node:fs";
import { ownFile } from "../files/own-files.ts";

const REINSTALL =
  "pip install --force-reinstall --no-deps --no-cache-dir --no-binary pytest-tt-memwatch pytest-tt-memwatch";

/** Built by `make setup`, or part of a package; a tracer that is installed as a package brings its own. */
export function tracerLibrary(): string {
  return ownFile("build/native/libtt_memwatch_tracer.so");
}

/** What to do in a clone, in the npm package or the executable, and in an environment that pip made. */
export function howToBuildTracer(): string {
  const script = ownFile("clients/native/build.sh");
  if (existsSync(ownFile("Makefile"))) return "install a C++ compiler and run `make setup`";
  return `install a C++ compiler and run \`${existsSync(script) ? `sh ${script} --anew` : REINSTALL}\``;
}
