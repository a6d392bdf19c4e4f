import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type AddressMap, addressMap, type Banks } from "../model/address-map.ts";
import type { Memory } from "../model/memories.ts";
import { course, cursorNs, live, memory, shown } from "../state/store.ts";
import { isDark } from "../state/theme.ts";
import { COLOURINGS, type Colouring, drawMap, type LegendRow, legendOf, MAP_HEIGHT } from "./address-drawing.ts";
import { Choice, Empty, Scroll, Size } from "./parts.tsx";
import { useWidth } from "./use-width.ts";

const LARGEST_HOLES = 10;

const colouring = signal<Colouring>("cause");

/** What lies where in each bank at the cursor, and how large the free pieces are. */
export function AddressView() {
  const now = memory.value;
  const banks = banksOf(now);
  if (now === null || course.value === null) {
    return (
      <Empty command="tt-memwatch run --html report.html -- pytest">What lay where is not known of this run.</Empty>
    );
  }
  if (banks === null) return <Empty>No test measured this memory, so it is not known how many banks it has.</Empty>;
  return <Shown now={now} banks={banks} />;
}

function banksOf(now: Memory | null): Banks | null {
  const { tests = [] } = shown.value?.page ?? {};
  for (const { held } of tests) {
    const found = held.find(({ device, memoryType }) => device === now?.device && memoryType === now.memoryType);
    if (found !== undefined && found.banks > 0) return found;
  }
  return null;
}

function Shown({ now, banks }: { readonly now: Memory; readonly banks: Banks }) {
  const { timeline, owners } = course.value ?? {};
  const { ref, width } = useWidth<HTMLDivElement>();
  const at = cursorNs.value;
  const map = useMemo(
    () => (timeline === undefined ? null : addressMap(timeline, now.index, live.value, banks)),
    [timeline, now.index, at, banks],
  );
  useEffect(() => {
    const canvas = ref.current?.querySelector("canvas");
    if (canvas && map !== null && owners !== undefined && timeline !== undefined && width > 0) {
      drawMap(canvas, width, { map, owners, timeline, colouring: colouring.value, atNs: at });
    }
  }, [map, width, colouring.value, isDark.value]);
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
          Addresses grow from left to right and from row to row; each of {banks.banks} banks is alike.
        </span>
      </div>
      <div ref={ref} class="map">
        <canvas style={{ width: "100%", height: `${MAP_HEIGHT}px` }} role="img" aria-label={describe(map)} />
      </div>
      {owners === undefined ? null : <Legend rows={legendOf({ map, owners, colouring: colouring.value })} />}
      <Figures map={map} />
    </>
  );
}

/** Groups that the legend names. */
const LEGEND_MAX = 8;

function Legend({ rows }: { readonly rows: readonly LegendRow[] }) {
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
    </ul>
  );
}

function groupText(group: LegendRow["group"]): string {
  if (group === null) return colouring.value === "cause" ? "of no finding" : "outside of tests";
  if (typeof group === "string") return group;
  const cause = shown.value?.page.causes[group];
  return cause === undefined ? "" : `${cause.verdict} ${cause.holder ?? cause.title}`;
}

function describe({ buffers, holes, largestHole }: AddressMap): string {
  return `${buffers.length} buffers and ${holes.length} free pieces, the largest of ${Math.round(largestHole?.bytesPerBank ?? 0)} bytes.`;
}

function Figures({ map }: { readonly map: AddressMap }) {
  const { holes, largestHole, usedBytesPerBank } = map;
  const freeBytes = holes.reduce((sum, { bytesPerBank }) => sum + bytesPerBank, 0);
  const fragmentation = freeBytes === 0 ? 0 : 1 - (largestHole?.bytesPerBank ?? 0) / freeBytes;
  const largest = holes.toSorted((a, b) => b.bytesPerBank - a.bytesPerBank).slice(0, LARGEST_HOLES);
  return (
    <>
      <dl class="figures">
        <div>
          <dt>used in each bank</dt>
          <dd>
            <Size bytes={usedBytesPerBank} />
          </dd>
        </div>
        <div>
          <dt>free in each bank</dt>
          <dd>
            <Size bytes={freeBytes} /> in {holes.length} piece{holes.length === 1 ? "" : "s"}
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
          <dd title="The share of what is free that is not in the largest piece">
            {(fragmentation * 100).toFixed(1)} %
          </dd>
        </div>
      </dl>
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
    </>
  );
}
