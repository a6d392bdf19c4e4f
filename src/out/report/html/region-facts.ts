import { formatBytes } from "../../../core/base/bytes.ts";
import { count } from "../../../core/base/count.ts";
import { printable } from "../../../core/base/printable.ts";
import type { RegionProgram, RegionProgramChip } from "../../../core/model/memory-region.ts";
import type { PageFact } from "../../../core/model/page.ts";

/** Programs that have a fact of their own. */
const PROGRAMS_MAX = 50;

/** What programs hold that run without tt-memwatch, one fact each: "jax, by its region: 1.0 GB DRAM on device 0". */
export function regionFacts(programs: readonly RegionProgram[]): readonly PageFact[] {
  const more = programs.length - PROGRAMS_MAX;
  const facts = programs.slice(0, PROGRAMS_MAX).map(({ pid, name, state, chips }) => ({
    name: `process ${pid}`,
    text: `${printable(name)}${state === "running" ? "" : ` (${state})`}, by its region: ${chips.map(chipText).join("; ")}`,
  }));
  return more > 0 ? [...facts, { name: "processes", text: `${count(more, "more program")} with a region` }] : facts;
}

function chipText({ device, bytes }: RegionProgramChip): string {
  const sizes = Object.entries(bytes).filter(([, size]) => size !== 0);
  const texts = sizes.map(([type, size]) => (size === null ? `${type} below zero` : `${formatBytes(size)} ${type}`));
  return `${texts.length === 0 ? "nothing" : texts.join(", ")} on device ${device}`;
}
