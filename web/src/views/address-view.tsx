import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type AddressMap, addressMap, type Banks, type FailedPlace, failedPlace } from "../model/address-map.ts";
import type { Memory } from "../model/memories.ts";
import { banks, course, cursorNs, failedHere, live, memory, shown } from "../state/store.ts";
import { isDark } from "../state/theme.ts";
import { COLOURINGS, type Colouring, drawMap, type LegendRow, legendOf, MAP_HEIGHT } from "./address-drawing.ts";
import { Size } from "./amounts.tsx";
import { Choice, Empty, Scroll } from "./controls.tsx";
import { formatCount } from "./format-for-page.ts";
import { useWidth } from "./use-width.ts";

const LARGEST_HOLES = 10;

const colouring = signal<Colouring>("cause");

/** What lies where in each bank at the cursor, and how large the free pieces are. */
export function AddressView() {
  const now = memory.value;
  if (now === null || course.value === null) {
    return (
      <Empty command="tt-memwatch run --html report.html -- pytest">What lay where is not known of this run.</Empty>
    );
  }
  if (banks.value === null)
    return <Empty>No test measured this memory, so it is not known how many banks it has.</Empty>;
  return <Shown now={now} banks={banks.value} />;
}

function Shown({ now, banks: layout }: { readonly now: Memory; readonly banks: Banks }) {
  const { timeline, owners } = course.value ?? {};
  const { ref, width } = useWidth<HTMLDivElement>();
  const at = cursorNs.value;
  const map = useMemo(
    () => (timeline === undefined ? null : addressMap(timeline, now.index, live.value, layout)),
    [timeline, now.index, at, layout],
  );
  const asked = failedHere.value?.askedBytesPerBank ?? null;
  const failed = useMemo(
    () => (asked === null || map === null ? null : failedPlace(map, asked, now.memoryType === "L1")),
    [map, asked, now.memoryType],
  );
  useEffect(() => {
    const canvas = ref.current?.querySelector("canvas");
    if (canvas && map !== null && owners !== undefined && timeline !== undefined && width > 0) {
      drawMap(canvas, width, { map, owners, timeline, colouring: colouring.value, atNs: at, failed });
    }
  }, [map, failed, width, colouring.value, isDark.value]);
  if (map === null) return null;
  return (
    <>
      <div class="bar-of-choices">
        <Choice
          label="Colour by"
          values={COLOURINGS}
          value={colouring.value}
          onChange={(value) => (colouring.value = value)}
        />
        <span class="quiet note">
          Addresses grow from left to right and from row to row; each of {layout.banks} banks is alike.
        </span>
      </div>
      <div ref={ref} class="map">
        <canvas style={{ width: "100%", height: `${MAP_HEIGHT}px` }} role="img" aria-label={describe(map, failed)} />
      </div>
      {owners === undefined ? null : (
        <Legend rows={legendOf({ map, owners, colouring: colouring.value })} hasFailed={failed !== null} />
      )}
      <Figures map={map} failed={failed} asked={asked} />
      <LargestHoles holes={map.holes} />
    </>
  );
}

/** Groups that the legend names. */
const LEGEND_MAX = 8;

function Legend({ rows, hasFailed }: { readonly rows: readonly LegendRow[]; readonly hasFailed: boolean }) {
  return (
    <ul class="legend">
      {rows.slice(0, LEGEND_MAX).map(({ group, colour, bytesPerBank }) => (
        <li key={group}>
          <span class={`swatch ${colour}`} aria-hidden="true" /> <code>{groupText(group)}</code>{" "}
          <span class="quiet">
            <Size bytes={bytesPerBank} />
          </span>
        </li>
      ))}
      {rows.length > LEGEND_MAX ? <li class="quiet">and {rows.length - LEGEND_MAX} smaller</li> : null}
      <li>
        <span class="swatch hole" aria-hidden="true" /> free
      </li>
      <li>
        <span class="swatch largest" aria-hidden="true" /> largest free piece
      </li>
      {hasFailed ? (
        <>
          <li>
            <span class="swatch fits" aria-hidden="true" /> the failed allocation, as far as it fits there
          </li>
          <li>
            <span class="swatch missing" aria-hidden="true" /> what it lacked
          </li>
        </>
      ) : null}
    </ul>
  );
}

function groupText(group: LegendRow["group"]): string {
  if (group === null) return colouring.value === "cause" ? "of no finding" : "outside of tests";
  if (typeof group === "string") return group;
  const cause = shown.value?.page.causes[group];
  return cause === undefined ? "" : `${cause.verdict} ${cause.holder ?? cause.title}`;
}

function describe({ buffers, holes, largestHole }: AddressMap, failed: FailedPlace | null): string {
  const lacked =
    failed === null ? "" : ` An allocation failed that lacked ${Math.round(failed.missingBytesPerBank)} bytes.`;
  return `${buffers.length} buffers and ${holes.length} free pieces, the largest of ${Math.round(largestHole?.bytesPerBank ?? 0)} bytes.${lacked}`;
}

function Figures({
  map,
  failed,
  asked,
}: {
  readonly map: AddressMap;
  readonly failed: FailedPlace | null;
  readonly asked: number | null;
}) {
  const { holes, largestHole, usedBytesPerBank } = map;
  const freeBytes = holes.reduce((sum, { bytesPerBank }) => sum + bytesPerBank, 0);
  const fragmentation = freeBytes === 0 ? 0 : 1 - (largestHole?.bytesPerBank ?? 0) / freeBytes;
  return (
    <dl class="figures">
      {failed === null || asked === null ? null : (
        <div class="failed">
          <dt>asked for in each bank</dt>
          <dd>
            <Size bytes={asked} />
            {failed.missingBytesPerBank === 0 ? null : (
              <>
                , <Size bytes={failed.missingBytesPerBank} /> more than the largest piece
              </>
            )}
          </dd>
        </div>
      )}
      <div>
        <dt>used in each bank</dt>
        <dd>
          <Size bytes={usedBytesPerBank} />
        </dd>
      </div>
      <div>
        <dt>free in each bank</dt>
        <dd>
          <Size bytes={freeBytes} /> in {formatCount(holes.length)} piece{holes.length === 1 ? "" : "s"}
        </dd>
      </div>
      <div>
        <dt>largest free piece</dt>
        <dd>
          <Size bytes={largestHole?.bytesPerBank ?? 0} />
        </dd>
      </div>
      <div>
        <dt>fragmentation</dt>
        <dd title="The share of what is free that is not in the largest piece">{(fragmentation * 100).toFixed(1)} %</dd>
      </div>
    </dl>
  );
}

function LargestHoles({ holes }: Pick<AddressMap, "holes">) {
  const largest = holes.toSorted((a, b) => b.bytesPerBank - a.bytesPerBank).slice(0, LARGEST_HOLES);
  return (
    <Scroll label="Free pieces">
      <table>
        <caption>
          Largest free pieces. Where the memory begins and ends is taken from the addresses that were seen.
        </caption>
        <thead>
          <tr>
            <th scope="col">Address</th>
            <th scope="col" class="amount">
              In each bank
            </th>
          </tr>
        </thead>
        <tbody>
          {largest.map(({ address, bytesPerBank }) => (
            <tr key={address}>
              <td>
                <code>0x{address.toString(16)}</code>
              </td>
              <td class="amount">
                <Size bytes={bytesPerBank} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
