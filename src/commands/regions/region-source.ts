import type { RegionsSnapshot } from "../../core/model/memory-region.ts";
import { buildRegionsSnapshot } from "../../core/report/regions-snapshot.ts";
import { type RegionFolderContent, readRegions } from "../../in/sources/region-folder.ts";
import { RegionWriters } from "../../in/sources/region-writers.ts";
import { SHARED_MEMORY } from "../../in/sources/ring-folder.ts";

const NOTHING: RegionFolderContent = { regions: [], unread: [], leftOut: 0 };

/** The regions of a folder whenever somebody asks: nothing is read in between, and nothing is ever written. */
export class RegionSource {
  readonly #folder: string;
  readonly #writers = new RegionWriters(() => performance.now());

  constructor(folder: string = SHARED_MEMORY) {
    this.#folder = folder;
  }

  /** @throws what the system says, where the folder cannot be listed */
  read(): RegionsSnapshot {
    return this.#snapshotOf(readRegions(this.#folder));
  }

  /** As `read`, and nothing where the folder cannot be listed: for whom regions are one source among several. */
  readIfAny(): RegionsSnapshot {
    return this.#snapshotOf(this.#contentIfAny());
  }

  #contentIfAny(): RegionFolderContent {
    try {
      return readRegions(this.#folder);
    } catch {
      return NOTHING;
    }
  }

  #snapshotOf({ regions, unread, leftOut }: RegionFolderContent): RegionsSnapshot {
    const written = regions.map(({ file, image }) => {
      return { path: file.path, image, writers: image.rows.map((row) => this.#writers.of(file, row)) };
    });
    return buildRegionsSnapshot({ folder: this.#folder, unread, leftOut }, written, Date.now());
  }
}
