import type { Plants, Plot } from "../plot.ts";
import { Kept } from "./kept.ts";

/** A process that each parameter starts leaves the same: nobody frees it before the process ends. */
function* leftByChild(plot: Plot): Generator<void> {
  const size = plot.size();
  for (const index of [0, 1]) {
    const address = 0x7000_0000 + size * 16 + index * size;
    plot.test(`test_serves[${index}]`, () =>
      plot.story.inChild("allocate", { memoryType: "DRAM", address, bytesPerBank: size }),
    );
    plot.expect(`test_serves[${index}]`, "leak", "DRAM");
    yield;
  }
}

/** It frees it first, and gets its address: there is never more than what the first test left. */
function* rollingInPlace(plot: Plot): Generator<void> {
  const [memoryType, size, kept] = [plot.memoryType(), plot.size(), new Kept(plot)];
  for (let index = 0; index < 2 + plot.random.below(4); index++) {
    plot.test(`test_rolls[${index}]`, () => kept.remake(memoryType, size));
    if (index === 0) plot.expect(`test_rolls[${index}]`, "retained", memoryType);
  }
  yield;
}

/** More at once than it may have, and nothing of it in the end. */
function* overLimit(plot: Plot): Generator<void> {
  const peaks = { total: null, perType: { DRAM: 1000 }, l1PerCore: null };
  plot.test("test_peaks", () => plot.story.free(plot.buffer("DRAM")), { peaks });
  plot.expect("test_peaks", "over-limit", "DRAM");
  yield;
}

/** A process that a test started allocates, and frees it in a later test or at once. */
function* inChild(plot: Plot): Generator<void> {
  const size = plot.size();
  const buffer = { memoryType: "DRAM", address: 0x7000_0000 + size * 16, bytesPerBank: size } as const;
  plot.test("test_asks", () => {
    plot.story.inChild("allocate", buffer);
    plot.story.inChild("free", buffer);
  });
  yield;
  plot.test("test_starts_server", () => plot.story.inChild("allocate", buffer));
  plot.expect("test_starts_server", "late-free", "DRAM");
  yield;
  plot.test("test_ends_server", () => plot.story.inChild("free", buffer));
}

/** Each parameter has it allocate, many times over, and free all of that. Its allocator gives an address again as soon as it can. */
function* worksInChild(plot: Plot): Generator<void> {
  const size = plot.size();
  const buffer = { memoryType: "DRAM", address: 0x7000_0000 + size * 16, bytesPerBank: size } as const;
  for (const index of [0, 1, 2]) {
    plot.test(`test_asks_often[${index}]`, () => {
      for (let times = 1 + plot.random.below(10); times > 0; times--) {
        plot.story.inChild("allocate", buffer);
        plot.story.inChild("free", buffer);
      }
    });
    yield;
  }
}

/** What only the tracer sees. */
export const TRACED: Plants = {
  "left by a child": leftByChild,
  "rolling in place": rollingInPlace,
  "over its limit": overLimit,
  "in a child": inChild,
  "works in a child": worksInChild,
};
