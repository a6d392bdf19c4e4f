import type { MemoryRegion, RegionProcess, RegionProgram, RegionProgramChip } from "../model/memory-region.ts";

/** The programs that are in regions and not among these, by pid. What ended ones left is nobody's. */
export function regionPrograms(regions: readonly MemoryRegion[], known: ReadonlySet<number>): readonly RegionProgram[] {
  const rows = regions.flatMap((region) => region.processes.flatMap((process) => rowOf(region, process)));
  const byProcess = Map.groupBy(
    rows.filter(({ pid }) => !known.has(pid)),
    ({ state, pid }) => `${state} ${pid}`,
  );
  const programs = [...byProcess.values()].flatMap((ofProcess) => {
    const [first] = ofProcess;
    return first === undefined ? [] : [programOf(first, ofProcess)];
  });
  return programs.toSorted((a, b) => a.pid - b.pid);
}

interface Row extends Omit<RegionProgram, "chips"> {
  readonly chip: RegionProgramChip;
}

function rowOf({ chip, device }: MemoryRegion, { pid, localPid, name, state, bytes }: RegionProcess): readonly Row[] {
  return state === "ended" ? [] : [{ pid: localPid ?? pid, name, state, chip: { chip, device, bytes } }];
}

function programOf({ pid, name, state }: Row, rows: readonly Row[]): RegionProgram {
  return { pid, name, state, chips: rows.map(({ chip }) => chip) };
}
