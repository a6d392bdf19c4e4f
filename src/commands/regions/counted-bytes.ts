import type { CountedNow } from "../../core/ledger/region-witness.ts";
import { type ReadRegion, readRegions } from "../../in/sources/region-folder.ts";
import { RegionWriters } from "../../in/sources/region-writers.ts";
import { SHARED_MEMORY } from "../../in/sources/ring-folder.ts";

/** What processes of this pid namespace count in regions, each for itself. */
export class CountedBytes {
  readonly #writers = new RegionWriters(() => performance.now());
  readonly #folder: string;

  constructor(folder: string = SHARED_MEMORY) {
    this.#folder = folder;
  }

  /** At one moment. Gives what a process counts on a chip, or on any where that is null; null: not known. */
  now(): (pid: number, chip: number | null) => CountedNow | null {
    const regions = this.#regionsNow();
    return (pid, chip) => this.#of(regions, pid, chip);
  }

  /** Where its row is the only one: else the number of the device may be another process's. */
  #of(regions: readonly ReadRegion[], pid: number, chip: number | null): CountedNow | null {
    const region = regions.find(({ image: { device, rows } }) => {
      return (chip === null || device === chip) && rows.length === 1 && rows[0]?.pid === pid;
    });
    const [row] = region?.image.rows ?? [];
    if (region === undefined || row === undefined || this.#writers.of(region.file, row).localPid !== pid) return null;
    return { chip: region.image.device, bytes: row.bytes };
  }

  #regionsNow(): readonly ReadRegion[] {
    try {
      return readRegions(this.#folder).regions;
    } catch {
      return [];
    }
  }
}
