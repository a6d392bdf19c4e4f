import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { buffer, finding, runReport, testReport } from "../../../fixtures/report/builders.ts";
import { frame, type Life, span, timeline } from "../../../fixtures/timeline/timeline.ts";
import { NO_EXTRAS, pageData } from "../../../src/out/report/html/page-data.ts";
import { GROUPINGS, type Grouping, liveGroups } from "./live-groups.ts";
import { liveRows } from "./live-rows.ts";
import { type LiveTree, liveTree } from "./live-tree.ts";
import { ownersOf } from "./owners.ts";

const LOAD = frame("/home/me/models/models/load.py", 12, "load");
const TEST = frame("/home/me/models/test_a.py", 5, "test_a");
const TTNN = frame("/venv/lib/python3.12/site-packages/ttnn/core.py", 9, "call");

const LIVES: readonly Life[] = [
  {
    bornNs: 1,
    diedNs: null,
    sizeBytes: 30,
    address: 0x40,
    test: 0,
    operation: "ttnn.zeros",
    stack: [TTNN, LOAD, TEST],
  },
  {
    bornNs: 2,
    diedNs: null,
    sizeBytes: 20,
    address: 0x80,
    test: 1,
    operation: "ttnn.zeros",
    stack: [TTNN, LOAD, TEST],
  },
  { bornNs: 3, diedNs: 50, sizeBytes: 15, address: 0xc0, test: 1 },
  { bornNs: 3, diedNs: null, sizeBytes: 99, address: 0x40, series: 1 },
];

const RUN = timeline(LIVES, { endNs: 100, tests: [span("a", 0, 10), span("b", 10, 20)] });
const PAGE = pageData(
  runReport({
    tests: [testReport("a"), testReport("b")],
    findings: [finding({ test: "b", holders: ["_CACHE[0]"], buffers: [buffer(0x80n, 20)] })],
  }),
  { ...NO_EXTRAS, timeline: RUN },
);
const OWNERS = ownersOf(RUN, PAGE);

for (const [atNs, rows] of [
  [0, []],
  [1, [0]],
  [3, [0, 1, 2]],
  [49, [0, 1, 2]],
  [50, [0, 1]],
] as const) {
  test(`at ${atNs} ns rows ${rows.join(", ") || "none"} are live: born by then and not dead by then`, () => {
    assert.deepEqual(liveRows(RUN.allocations, 0, atNs), rows);
  });
}

const EXPECTED: Readonly<Record<Grouping, readonly (readonly [string, number])[]>> = {
  line: [
    ["models/load.py:12", 50],
    ["not known", 15],
  ],
  stack: [
    ["models/load.py:12", 50],
    ["not known", 15],
  ],
  callers: [
    ["models/load.py:12", 50],
    ["not known", 15],
  ],
  test: [
    ["b", 35],
    ["a", 30],
  ],
  operation: [
    ["ttnn.zeros", 50],
    ["not known", 15],
  ],
  holder: [
    ["not looked for", 45],
    ["_CACHE[0]", 20],
  ],
};

for (const grouping of GROUPINGS) {
  test(`what is live by ${grouping}, largest first`, () => {
    const groups = liveGroups([0, 1, 2], grouping, OWNERS);
    assert.deepEqual(
      groups.map(({ name, sizeBytes }) => [name, sizeBytes]),
      EXPECTED[grouping],
    );
  });
}

test("a stack in the tree is the user's own frames, outermost first, and the operation", () => {
  const namesOf = ({ name, children }: LiveTree): readonly string[] => [
    name,
    ...(children[0] === undefined ? [] : namesOf(children[0])),
  ];
  assert.deepEqual(namesOf(liveTree([0], "stack", OWNERS)), [
    "all",
    "test_a.py:5 in test_a",
    "models/load.py:12 in load",
    "ttnn.zeros",
  ]);
  assert.deepEqual(namesOf(liveTree([0], "callers", OWNERS)), [
    "all",
    "ttnn.zeros",
    "models/load.py:12 in load",
    "test_a.py:5 in test_a",
  ]);
});

test("each part of the tree has what its own parts have, and all of it what is live", () => {
  const adds = ({ sizeBytes, buffers, children }: LiveTree): boolean =>
    children.length === 0 ||
    (children.reduce((sum, child) => sum + child.sizeBytes, 0) === sizeBytes &&
      children.reduce((sum, child) => sum + child.buffers, 0) === buffers &&
      children.every(adds));
  fc.assert(
    fc.property(fc.subarray([0, 1, 2]), fc.constantFrom(...GROUPINGS), (rows, grouping) => {
      const tree = liveTree(rows, grouping, OWNERS);
      assert.equal(
        tree.sizeBytes,
        rows.reduce((sum, row) => sum + (LIVES[row]?.sizeBytes ?? 0), 0),
      );
      assert.ok(adds(tree));
    }),
  );
});

test("a buffer of a finding is the one of its test, its attempt, its device and its memory type at its address", () => {
  const at = { bornNs: 1, diedNs: null, sizeBytes: 20, address: 0x80 };
  const lives: Life[] = [
    { ...at, test: 1 },
    { ...at, test: 0 },
    { ...at, test: 1, series: 1 },
    { ...at, test: 2 },
    { ...at, test: 1, address: 0x81 },
  ];
  const run = timeline(lives, {
    endNs: 100,
    tests: [span("a", 0, 1), span("b", 1, 2), span("b", 2, 3, { attempt: 2 })],
  });
  const owners = ownersOf(run, PAGE);
  assert.deepEqual(
    lives.map((_, row) => owners.cause(row)),
    [0, null, null, null, null],
  );
});
