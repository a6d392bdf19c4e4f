/** Writes docs/benchmarks.md of what benches measured last; a test holds the page against it. */
import { writeFileSync } from "node:fs";
import { BENCHMARKS_PAGE, benchmarksPage } from "./page.ts";

writeFileSync(BENCHMARKS_PAGE, benchmarksPage());
