import { useMemo } from "preact/hooks";
import { formatBytes } from "../../../src/core/base/bytes.ts";
import { GROUPINGS, type LivePart, liveGroups } from "../model/live-groups.ts";
import { liveTree } from "../model/live-tree.ts";
import { frameText } from "../model/owners.ts";
import { change, chosenCause, course, grouping, live, memory, ofTest, shape, shown } from "../state/store.ts";
import { SHAPES } from "../state/view-state.ts";
import { Size } from "./amounts.tsx";
import { groupColour } from "./colours.ts";
import { Choice, Empty, Scroll } from "./controls.tsx";
import { Fold } from "./fold.tsx";
import { formatCount, formatShare } from "./format-for-page.ts";
import { TreePicture } from "./tree-picture.tsx";

/** Rows of the table of groups, and of buffers in one. */
const GROUPS_MAX = 200;
const BUFFERS_MAX = 100;

/** What fills the memory at the cursor, by what it has in common. */
export function LiveView() {
  const { owners } = course.value ?? {};
  const tests = useMemo(
    () => (owners === undefined ? [] : liveGroups(live.value, "test", owners)),
    [live.value, owners],
  );
  if (owners === undefined || memory.value === null) {
    return (
      <Empty command="tt-memwatch run --html report.html -- pytest">What was live is not known of this run.</Empty>
    );
  }
  const [by, as] = [grouping.value, shape.value];
  // The test may have left nothing at this instant.
  const only = tests.find(({ name }) => name === ofTest.value) ?? null;
  const rows = only?.rows ?? live.value;
  const total = rows.reduce((sum, row) => sum + owners.sizeBytes(row), 0);
  return (
    <>
      <div class="bar-of-choices">
        <Choice label="By" values={GROUPINGS} value={by} onChange={(value) => change({ grouping: value })} />
        <Choice label="As" values={SHAPES} value={as} onChange={(value) => change({ shape: value })} />
        {tests.length < 2 && ofTest.value === null ? null : <OfTest tests={tests} only={only?.name ?? null} />}
        <span class="note">
          <Size bytes={total} /> in {formatCount(rows.length)} buffer{rows.length === 1 ? "" : "s"}
        </span>
      </div>
      {rows.length === 0 ? <NothingLive /> : <Body rows={rows} total={total} />}
    </>
  );
}

function NothingLive() {
  const isOutline = shown.value?.page.run.recording?.isRead === false;
  if (!isOutline) return <Empty>Nothing was live in this memory at the cursor.</Empty>;
  return <Empty>Until the recording has been read, only buffers that were live at its end are listed.</Empty>;
}

/** Shows what one test allocated alone. */
function OfTest({ tests, only }: { readonly tests: readonly LivePart[]; readonly only: string | null }) {
  return (
    <label class="of-test">
      Of{" "}
      <select value={only ?? ""} onChange={(event) => change({ ofTest: event.currentTarget.value || null })}>
        <option value="">all tests</option>
        {tests.slice(0, GROUPS_MAX).map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Body({ rows, total }: { readonly rows: readonly number[]; readonly total: number }) {
  const { owners } = course.value ?? {};
  const [by, as] = [grouping.value, shape.value];
  if (owners === undefined) return null;
  if (as !== "table") return <TreePicture tree={liveTree(rows, by, owners)} shape={as} />;
  return <Groups groups={liveGroups(rows, by, owners)} total={total} />;
}

function Groups({ groups, total }: { readonly groups: readonly LivePart[]; readonly total: number }) {
  return (
    <Scroll label="Live at the cursor">
      {groups.slice(0, GROUPS_MAX).map((group, index) => (
        <Group key={group.name} group={group} total={total} colour={groupColour(index)} />
      ))}
      {groups.length > GROUPS_MAX ? <p class="quiet">{groups.length - GROUPS_MAX} smaller ones left out.</p> : null}
    </Scroll>
  );
}

function Group({
  group,
  total,
  colour,
}: {
  readonly group: LivePart;
  readonly total: number;
  readonly colour: string;
}) {
  const { name, sizeBytes, rows } = group;
  const { owners } = course.value ?? {};
  const { causes = [] } = shown.value?.page ?? {};
  const chosen = chosenCause.value === null ? -1 : causes.indexOf(chosenCause.value);
  const isChosen = rows.some((row) => owners?.cause(row) === chosen);
  return (
    <Fold
      kind={isChosen ? "group chosen" : "group"}
      summary={
        <>
          <span class="amount">
            <Size bytes={sizeBytes} />
          </span>
          <span class={`bar ${colour}`} aria-hidden="true">
            <i style={{ width: `${(sizeBytes / Math.max(total, 1)) * 100}%` }} />
          </span>
          <span class="amount share">{formatShare(sizeBytes, total)}</span>
          <code>{name}</code>
          <span class="quiet">
            {formatCount(rows.length)} buffer{rows.length === 1 ? "" : "s"}
            {isChosen ? ", of the cause that is chosen" : ""}
          </span>
        </>
      }
    >
      {() => <GroupBuffers rows={rows} />}
    </Fold>
  );
}

function GroupBuffers({ rows }: { readonly rows: readonly number[] }) {
  const { owners, timeline } = course.value ?? {};
  if (owners === undefined || timeline === undefined) return null;
  const largest = rows.toSorted((a, b) => owners.sizeBytes(b) - owners.sizeBytes(a)).slice(0, BUFFERS_MAX);
  return (
    <>
      <Scroll label="Its buffers">
        <table>
          <thead>
            <tr>
              <th scope="col">Address</th>
              <th scope="col" class="amount">
                Size
              </th>
              <th scope="col">Test</th>
              <th scope="col">Operation</th>
              <th scope="col">Line</th>
            </tr>
          </thead>
          <tbody>
            {largest.map((row) => {
              const [frame] = owners.stack(row);
              return (
                <tr key={row}>
                  <td>
                    <code>0x{(timeline.allocations.address[row] ?? 0).toString(16)}</code>
                  </td>
                  <td class="amount">{formatBytes(owners.sizeBytes(row))}</td>
                  <td>
                    <code>{owners.test(row) ?? "outside of tests"}</code>
                  </td>
                  <td>{owners.operation(row) ?? ""}</td>
                  <td>{frame === undefined ? "" : <code>{frameText(frame)}</code>}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
      {rows.length > BUFFERS_MAX ? <p class="quiet">{rows.length - BUFFERS_MAX} smaller ones left out.</p> : null}
    </>
  );
}
