import { signal } from "@preact/signals";
import { formatDuration } from "../../../src/core/base/duration.ts";
import type { PageHeld, PageTest } from "../../../src/core/model/page.ts";
import { change, shown } from "../state/store.ts";
import { Change, Size } from "./amounts.tsx";
import { Choice, Empty, Scroll } from "./controls.tsx";
import { VerdictMark } from "./finding-parts.tsx";
import { HostChart } from "./host-chart.tsx";

const ORDERS = ["as they ran", "left most", "peak", "time"] as const;

type Order = (typeof ORDERS)[number];

const STATES = { checked: "checked", "not-checked": "not checked", "no-device": "no device" } as const;

/** Rows that are drawn; a search finds the others. */
const ROWS_MAX = 500;

const order = signal<Order>("as they ran");
const query = signal("");

interface Numbered {
  readonly number: number;
  readonly test: PageTest;
}

/** Every test: what it left, what it needed, what was found. */
export function TestsView() {
  const { tests = [], moreTests = 0, run } = shown.value?.page ?? {};
  if (tests.length === 0) {
    const isRunning = run?.kind === "running";
    return <Empty>{isRunning ? "No test has ended yet." : "No test was seen. A command has to start pytest."}</Empty>;
  }
  const rows = ordered(tests).filter(({ test }) => test.test.toLowerCase().includes(query.value.toLowerCase()));
  const left = rows.length - Math.min(rows.length, ROWS_MAX) + moreTests;
  return (
    <>
      <div class="bar-of-choices">
        <Choice label="Order" values={ORDERS} value={order.value} onChange={(value) => (order.value = value)} />
        <label>
          Search{" "}
          <input type="search" value={query.value} onInput={(event) => (query.value = event.currentTarget.value)} />
        </label>
      </div>
      <Scroll label="Table of tests">
        <table class="stacked">
          <caption>Sizes are on each chip.</caption>
          <thead>
            <tr>
              <th scope="col" class="amount">
                #
              </th>
              <th scope="col">Test</th>
              <th scope="col">Result</th>
              <th scope="col" class="amount">
                Time
              </th>
              <th scope="col">Its own at most</th>
              <th scope="col">Held after it</th>
              <th scope="col">Findings</th>
            </tr>
          </thead>
          <tbody>{rows.slice(0, ROWS_MAX).map(row)}</tbody>
        </table>
      </Scroll>
      {left > 0 ? <p class="quiet">{left} tests left out here; search for them, or see --json FILE.</p> : null}
      <HostChart />
    </>
  );
}

function row({ number, test }: Numbered) {
  const { outcome, durationMs, state, attempt, worker } = test;
  return (
    <tr key={number}>
      <td class="amount">{number}</td>
      <th scope="row">
        <code>{test.test}</code>
        {attempt > 1 ? ` (attempt ${attempt})` : ""} {worker === null ? null : <span class="quiet">{worker}</span>}
      </th>
      <td data-name="Result">{outcome ?? "never ended"}</td>
      <td data-name="Time" class="amount">
        {durationMs === null ? "" : formatDuration(durationMs)}
      </td>
      <td data-name="Its own at most">{test.peaks.map(peak)}</td>
      <td data-name="Held after it">
        {state === "checked" ? <Held held={test.held} /> : <span class="quiet">{STATES[state]}</span>}
      </td>
      <td data-name="Findings">
        <Findings test={test} />
      </td>
    </tr>
  );
}

function peak({ device, memoryType, ownBytes, totalBytes, reachedAt }: PageTest["peaks"][number]) {
  return (
    <div key={`${device} ${memoryType}`} title={reachedAt}>
      <Size bytes={ownBytes} /> {memoryType}
      {device === 0 ? null : ` of device ${device}`}
      {totalBytes === ownBytes ? null : (
        <span class="quiet">
          {" "}
          of <Size bytes={totalBytes} /> in all
        </span>
      )}
    </div>
  );
}

function Held({ held }: { readonly held: readonly PageHeld[] }) {
  const used = held.filter(({ beforeBytes, afterBytes }) => beforeBytes > 0 || afterBytes > 0);
  if (used.length === 0) return <span class="quiet">nothing</span>;
  const hasDevices = new Set(held.map(({ devices }) => devices)).size > 1 || held[0]?.device !== 0;
  return used.map(({ devices, memoryType, beforeBytes, afterBytes }) => (
    <div key={`${devices} ${memoryType}`}>
      {hasDevices ? <span class="quiet">{devices} </span> : null}
      <Size bytes={afterBytes} /> {memoryType}{" "}
      {afterBytes === beforeBytes ? null : (
        <b>
          (<Change bytes={afterBytes - beforeBytes} />)
        </b>
      )}
    </div>
  ));
}

function Findings({ test }: { readonly test: PageTest }) {
  const { findings = [], causes = [] } = shown.value?.page ?? {};
  return test.findings.map((index) => {
    const finding = findings[index];
    const cause = causes.find((each) => each.findings.includes(index));
    if (finding === undefined || cause === undefined) return null;
    return (
      <button key={index} type="button" class="link" onClick={() => showCause(cause.id)}>
        <VerdictMark verdict={finding.verdict} fails={finding.fails} />
      </button>
    );
  });
}

function showCause(id: string): void {
  change({ cause: id, query: "" });
  document.getElementById("detail")?.focus();
}

function ordered(tests: readonly PageTest[]): readonly Numbered[] {
  const numbered = tests.map((test, index) => ({ number: index + 1, test }));
  const by = (figureOf: (test: PageTest) => number): readonly Numbered[] =>
    numbered.toSorted((a, b) => figureOf(b.test) - figureOf(a.test));
  switch (order.value) {
    case "as they ran":
      return numbered;
    case "left most":
      return by(({ held }) => held.reduce((sum, { beforeBytes, afterBytes }) => sum + afterBytes - beforeBytes, 0));
    case "peak":
      return by(({ peaks }) => Math.max(0, ...peaks.map(({ ownBytes }) => ownBytes)));
    case "time":
      return by(({ durationMs }) => durationMs ?? 0);
    default:
      return order.value satisfies never;
  }
}
