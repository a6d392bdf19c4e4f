import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { ioWith } from "../../../fixtures/command/run-operands.ts";
import { type HistoryFlag, historyPlace, historyPlaceOrOwn } from "./history-place.ts";

const root = mkdtempSync(join(tmpdir(), "tt-memwatch-where-"));
after(() => rmSync(root, { recursive: true }));

const GB = 1_073_741_824;
const PG = "postgres://ci@db/memwatch";

/** A home whose configuration has this text; null: it has none. */
function homeWith(config: string | null): string {
  const home = mkdtempSync(join(root, "home-"));
  if (config === null) return home;
  mkdirSync(join(home, ".config/tt-memwatch"), { recursive: true });
  writeFileSync(join(home, ".config/tt-memwatch/config.toml"), config);
  return home;
}

/** Where it is, with `~` for the home. */
function placeOf(flag: HistoryFlag, variable: string | undefined, config: string | null): string | null {
  const home = homeWith(config);
  const env = { HOME: home, ...(variable === undefined ? {} : { TT_MEMWATCH_HISTORY: variable }) };
  return historyPlace("run", flag, ioWith(env, "/work"))?.where.replace(home, "~") ?? null;
}

const OWN = "~/.local/share/tt-memwatch/history.db";
const CONFIG = `[history]\nwhere = "${PG}"\n`;

const CASES: readonly (readonly [HistoryFlag, string | undefined, string | null, string | null])[] = [
  [undefined, undefined, null, null],
  [undefined, undefined, "", null],
  [undefined, undefined, "[history]", OWN],
  [undefined, undefined, CONFIG, PG],
  [undefined, undefined, '[history]\nwhere = "~/h.db"', "~/h.db"],
  [undefined, "off", CONFIG, null],
  [undefined, "on", null, OWN],
  [undefined, "1", CONFIG, PG],
  [undefined, "h/x.db", CONFIG, "/work/h/x.db"],
  [undefined, PG, "[history]", PG],
  [true, undefined, null, OWN],
  [true, undefined, CONFIG, PG],
  [true, "off", CONFIG, PG],
  [true, "x.db", CONFIG, "/work/x.db"],
  ["x.db", PG, CONFIG, "/work/x.db"],
  ["./x.sqlite", undefined, null, "/work/x.sqlite"],
  ["postgresql://h/d", undefined, null, "postgresql://h/d"],
  [false, PG, CONFIG, null],
];

describe("where the history is", () => {
  for (const [flag, variable, config, where] of CASES) {
    const said = JSON.stringify({ flag, variable, config });
    it(`with ${said} it is ${where}`, () => assert.equal(placeOf(flag, variable, config), where));
  }

  it("a command that is about it has one of its own, also where runs are not to be stored", () => {
    const home = homeWith(null);
    for (const variable of ["", "off"]) {
      const { where } = historyPlaceOrOwn(
        "history",
        undefined,
        ioWith({ HOME: home, TT_MEMWATCH_HISTORY: variable }, "/"),
      );
      assert.equal(where.replace(home, "~"), OWN);
    }
  });

  it("a file of one's own keeps 1 GB, a server everything, unless the configuration says otherwise", () => {
    const kept = (flag: HistoryFlag, config: string | null) =>
      historyPlace("run", flag, ioWith({ HOME: homeWith(config) }, "/"))?.retention;
    assert.deepEqual(kept(true, null), { ageMs: null, sizeBytes: GB });
    assert.deepEqual(kept(PG, null), { ageMs: null, sizeBytes: null });
    const config = '[history]\nkeep-days = 30\nkeep-size = "2 GB"\n[history.labels]\nteam = "ops"';
    assert.deepEqual(kept(PG, config), { ageMs: 30 * 86_400_000, sizeBytes: 2 * GB });
    assert.deepEqual(historyPlace("run", true, ioWith({ HOME: homeWith(config) }, "/"))?.labels, { team: "ops" });
  });
});

describe("what is wrong is reported in one line", () => {
  for (const [flag, config, message] of [
    [
      "pytest",
      null,
      /^run: --history got "pytest"; wanted a file whose name ends in \.db or \.sqlite, or postgres:\/\/USER@HOST\/DATABASE\. Without/,
    ],
    ["mysql://me:s3cret@h/d.db", null, /^run: --history got "mysql:\/\/me:\*\*\*@h\/d\.db"; wanted a file/],
    [true, '[history]\nwhere = "h.db"', /config\.toml: history\.where is "h\.db"; wanted the absolute path of a file/],
    [true, "[history]\nwhere = 1", /config\.toml: history\.where: /],
    [true, "[history]\nwhat = 1", /config\.toml: history: Unrecognized key: "what"$/],
    [true, '[history]\nkeep-size = "much"', /config\.toml: history\.keep-size: "much" is not a size; wanted e\.g\./],
    [true, "[history]\nkeep-days = 0", /config\.toml: history\.keep-days: /],
    [true, "[history\n", /config\.toml:1:\d+: /],
  ] as const) {
    it(`${flag} ${JSON.stringify(config)}`, () => {
      const io = ioWith({ HOME: homeWith(config) }, "/work");
      assert.throws(() => historyPlace("run", flag, io), { name: "UsageError", message });
    });
  }
});
