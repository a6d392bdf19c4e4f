import { signal } from "@preact/signals";
import type { ComparedLeftover, Leftover } from "../../../src/core/model/comparison.ts";
import type { PageData } from "../../../src/core/model/page.ts";
import { pageOfText } from "../data/embedded.ts";
import { compareGroups, compareRuns, type Difference } from "../model/compare-instants.ts";
import { GROUPINGS, liveGroups } from "../model/live-groups.ts";
import { change, comparedNs, course, cursorNs, grouping, live, memory, rowsAt, shown } from "../state/store.ts";
import { Change, Size } from "./amounts.tsx";
import { Choice, Empty, Scroll } from "./controls.tsx";
import { formatInstant } from "./format-for-page.ts";

const ROWS_MAX = 300;

/** What is compared, as the table shows it. */
interface ComparedRow {
  readonly name: string;
  /** Whose it is, and who holds it, as far as its name does not say so. */
  readonly of: readonly string[];
  readonly beforeBytes: number;
  readonly afterBytes: number;
  readonly state: string;
}

type Other =
  | { readonly kind: "none" }
  | { readonly kind: "page"; readonly name: string; readonly page: PageData }
  | { readonly kind: "problem"; readonly text: string };

const other = signal<Other>({ kind: "none" });

/** Two instants of this run, and this run beside another. */
export function CompareView() {
  return (
    <div class="columns">
      <section>
        <h3>Two instants</h3>
        <Instants />
      </section>
      <section>
        <h3>Two runs</h3>
        <Runs />
      </section>
    </div>
  );
}

function Instants() {
  const { owners } = course.value ?? {};
  if (owners === undefined || memory.value === null) return <Empty>What was live is not known of this run.</Empty>;
  const [heldNs, by] = [comparedNs.value, grouping.value];
  return (
    <>
      <div class="bar-of-choices">
        <button type="button" class="small" onClick={() => change({ comparedNs: cursorNs.value })}>
          Hold this instant
        </button>
        {heldNs === null ? null : (
          <button type="button" class="small" onClick={() => change({ comparedNs: null })}>
            Let go
          </button>
        )}
        <Choice label="By" values={GROUPINGS} value={by} onChange={(value) => change({ grouping: value })} />
      </div>
      {heldNs === null ? (
        <Empty>Hold an instant, then move the cursor: the difference stands here.</Empty>
      ) : (
        <Differences
          caption={`What differs between ${formatInstant(heldNs)} and ${formatInstant(cursorNs.value)}`}
          none="Nothing differs."
          rows={compareGroups(liveGroups(rowsAt(heldNs), by, owners), liveGroups(live.value, by, owners)).map(
            rowOfDifference,
          )}
        />
      )}
    </>
  );
}

function Runs() {
  const now = other.value;
  return (
    <>
      <label class="file">
        Page of an earlier run{" "}
        <input type="file" accept=".html,text/html" onChange={(event) => void open(event.currentTarget.files?.[0])} />
      </label>
      {now.kind === "none" ? (
        <Empty command="tt-memwatch run --html report.html -- pytest">
          Choose a page that --html wrote: what its run left is held against what this one did.
        </Empty>
      ) : null}
      {now.kind === "problem" ? <p class="problem">{now.text}</p> : null}
      {now.kind === "page" && shown.value !== null ? (
        <Compared name={now.name} before={now.page} after={shown.value.page} />
      ) : null}
    </>
  );
}

function Compared({
  name,
  before,
  after,
}: {
  readonly name: string;
  readonly before: PageData;
  readonly after: PageData;
}) {
  const isShortened = [before, after].some(({ moreFindings, moreTests }) => moreFindings > 0 || moreTests > 0);
  return (
    <>
      <Differences
        caption={`What was left in ${name} and here`}
        none="Neither run left anything behind."
        rows={compareRuns(before, after).map(rowOfLeftover)}
      />
      {isShortened ? (
        <p class="quiet">
          A page leaves findings or tests out here, and what is left out is not compared: tt-memwatch diff compares all.
        </p>
      ) : null}
    </>
  );
}

async function open(file: File | undefined): Promise<void> {
  if (file === undefined) return;
  try {
    other.value = { kind: "page", name: file.name, page: await pageOfText(await file.text()) };
  } catch (error) {
    other.value = {
      kind: "problem",
      text: `${file.name} cannot be read: ${error instanceof Error ? error.message : error}`,
    };
  }
}

function Differences({
  caption,
  none,
  rows,
}: {
  readonly caption: string;
  readonly none: string;
  readonly rows: readonly ComparedRow[];
}) {
  if (rows.length === 0) return <Empty>{none}</Empty>;
  return (
    <Scroll label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col" class="amount">
              Before
            </th>
            <th scope="col" class="amount">
              After
            </th>
            <th scope="col" class="amount">
              Change
            </th>
            <th scope="col">
              <span class="hidden">State</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, ROWS_MAX).map(({ name, of, beforeBytes, afterBytes, state }, index) => (
            <tr key={index}>
              <th scope="row">
                <code>{name}</code>
                {of.map((text) => (
                  <div key={text} class="quiet">
                    <code>{text}</code>
                  </div>
                ))}
              </th>
              <td class="amount">
                <Size bytes={beforeBytes} />
              </td>
              <td class="amount">
                <Size bytes={afterBytes} />
              </td>
              <td class="amount">
                <Change bytes={afterBytes - beforeBytes} />
              </td>
              <td>{state}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function rowOfDifference({ name, beforeBytes, afterBytes }: Difference): ComparedRow {
  return { name, of: [], beforeBytes, afterBytes, state: stateOf(beforeBytes, afterBytes) };
}

function stateOf(beforeBytes: number, afterBytes: number): string {
  if (beforeBytes === 0) return "new";
  if (afterBytes === 0) return "gone";
  return afterBytes > beforeBytes ? "grew" : "shrank";
}

function rowOfLeftover({ change: state, before, after }: ComparedLeftover): ComparedRow {
  const shownOne = after ?? before;
  return {
    name: shownOne === null ? "" : nameOfLeftover(shownOne),
    of: [shownOne?.test, shownOne?.holder].filter((part) => typeof part === "string"),
    beforeBytes: before?.sizeBytes ?? 0,
    afterBytes: after?.sizeBytes ?? 0,
    state: state === "not-checked" ? "not checked" : state,
  };
}

/** "leak load.py:2", or its holder or signature where its line is not known. */
function nameOfLeftover({ verdict, origin, holder, signature }: Leftover): string {
  return `${verdict} ${origin === null ? (holder ?? signature) : `${origin.file}:${origin.line}`}`;
}
