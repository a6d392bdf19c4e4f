import { formatBytes } from "../../../src/core/base/bytes.ts";
import type { PageOwner, PageShortage } from "../../../src/core/model/page.ts";
import { memoryOfShortage } from "../model/memories.ts";
import { change, course, shown } from "../state/store.ts";
import { Size } from "./amounts.tsx";
import { Empty, Scroll } from "./controls.tsx";
import { Place } from "./finding-parts.tsx";
import { formatCount } from "./format-for-page.ts";

/** Why it did not fit: what was asked for, what was free in which pieces, and whose memory was in the way. */
export function ShortagesView() {
  const { shortages = [], moreShortages = 0, run } = shown.value?.page ?? {};
  if (shortages.length === 0) {
    if (run?.kind === "running") return <Empty>What ran out of memory is known when the run has ended.</Empty>;
    return <Empty>No test ran out of memory, and no program clashed with buffers in L1.</Empty>;
  }
  return (
    <>
      {shortages.map((shortage, index) => (
        <Shortage key={index} shortage={shortage} index={index} isOpen={index < 3} />
      ))}
      {moreShortages > 0 ? <p class="quiet">{moreShortages} more; --json FILE has all.</p> : null}
    </>
  );
}

function Shortage({
  shortage,
  index,
  isOpen,
}: {
  readonly shortage: PageShortage;
  readonly index: number;
  readonly isOpen: boolean;
}) {
  const { head, lines, isExpected, kind, repeat } = shortage;
  return (
    <details class="finding" open={isOpen}>
      <summary>
        <span class={`verdict ${isExpected ? "quiet" : "bad"}`}>
          <span aria-hidden="true">{isExpected ? "·" : "✗"}</span> {kind === "clash" ? "clash" : "out of memory"}
        </span>{" "}
        {repeat === 0 ? null : <span class="verdict quiet">repeat {repeat}</span>} {head}
        {isExpected ? "; the test passed, so it expected this" : ""}
      </summary>
      <Room shortage={shortage} />
      <ToMap shortage={shortage} index={index} />
      <Owners shortage={shortage} />
      <details>
        <summary>In words</summary>
        <pre class="words">{lines.join("\n")}</pre>
      </details>
    </details>
  );
}

/** To where it would have lain, where that is known. */
function ToMap({ shortage, index }: { readonly shortage: PageShortage; readonly index: number }) {
  const own = memoryOfShortage(shortage, course.value?.memories ?? []);
  const { atNs, askedBytesPerBank } = shortage;
  if (own === null || atNs === null || askedBytesPerBank === null) return null;
  return (
    <p>
      <button
        type="button"
        class="small"
        onClick={() => change({ view: "map", memory: own.key, cursorNs: atNs, failed: index })}
      >
        Show on the address map
      </button>
    </p>
  );
}

/** What was asked for beside the largest piece and all that was free, in each bank. */
function Room({ shortage: { askedBytesPerBank, room } }: { readonly shortage: PageShortage }) {
  if (room === null) return <p class="quiet">How much was free is not known.</p>;
  const { totalBytesPerBank, freeBytesPerBank, largestFreeBytesPerBank, freePieces } = room;
  const rows = [
    { name: "asked for", bytes: askedBytesPerBank, kind: "asked" },
    { name: "largest free piece", bytes: largestFreeBytesPerBank, kind: "free" },
    {
      name: freePieces === null ? "free" : `free, in ${freePieces} piece${freePieces === 1 ? "" : "s"}`,
      bytes: freeBytesPerBank,
      kind: "free",
    },
    { name: "all of a bank", bytes: totalBytesPerBank, kind: "total" },
  ];
  const most = Math.max(...rows.map(({ bytes }) => bytes ?? 0), 1);
  return (
    <table class="room">
      <caption>In each bank</caption>
      <tbody>
        {rows.map(({ name, bytes, kind }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="amount">{bytes === null ? "not known" : <Size bytes={bytes} />}</td>
            <td class="wide">
              <span class={`bar ${kind}`} aria-hidden="true">
                <i style={{ width: `${((bytes ?? 0) / most) * 100}%` }} />
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Owners({ shortage: { owners, moreOwners, repeat } }: { readonly shortage: PageShortage }) {
  if (owners.length === 0) return null;
  return (
    <>
      <Scroll label="Whose memory was live">
        <table>
          <caption>Whose memory was live; what is marked ✗ is the least that had to go for it to fit</caption>
          <thead>
            <tr>
              <th scope="col">In the way</th>
              <th scope="col" class="amount">
                In each bank
              </th>
              <th scope="col">Test</th>
              <th scope="col">Line</th>
            </tr>
          </thead>
          <tbody>
            {owners.map((owner, index) => (
              <OwnerRow key={index} owner={owner} isOfRepeat={repeat > 0} />
            ))}
          </tbody>
        </table>
      </Scroll>
      {moreOwners > 0 ? <p class="quiet">{moreOwners} smaller ones left out.</p> : null}
    </>
  );
}

function OwnerRow({ owner, isOfRepeat }: { readonly owner: PageOwner; readonly isOfRepeat: boolean }) {
  const { isInTheWay, bytesPerBank, buffers, test, fixture, testsAgo, place } = owner;
  return (
    <tr>
      <td>{isInTheWay ? <span class="verdict bad">✗ yes</span> : ""}</td>
      <td class="amount" title={`${formatCount(bytesPerBank)} bytes`}>
        {formatBytes(bytesPerBank)}
        {buffers === 1 ? "" : ` in ${buffers}`}
      </td>
      <td>
        <code>{test ?? "outside of tests"}</code> {fixture === null ? "" : `fixture ${fixture} `}
        <span class="quiet">{agoText(testsAgo, isOfRepeat)}</span>
      </td>
      <td>{place === null ? <span class="quiet">not known</span> : <Place place={place} />}</td>
    </tr>
  );
}

/** What the test and its repeats hold is known together. */
function agoText(testsAgo: number | null, isOfRepeat: boolean): string {
  if (testsAgo === null) return "";
  if (testsAgo === 0) return isOfRepeat ? "this run of the test, or an earlier one" : "the test itself";
  return `${testsAgo} test${testsAgo === 1 ? "" : "s"} before`;
}
