import type { PageFinding, PagePlace } from "../../../src/core/model/page.ts";
import { frameText } from "../model/owners.ts";
import { reveal } from "../state/scroll-to-part.ts";
import { change, chosenCause, course, shown } from "../state/store.ts";
import { Size, Sparkline } from "./amounts.tsx";
import { Empty, Scroll } from "./controls.tsx";
import { Place, VerdictMark } from "./finding-parts.tsx";
import { Fold } from "./fold.tsx";
import { History } from "./history.tsx";
import { SourceLines } from "./source-lines.tsx";

/** Findings of a cause that are listed; --json has all. */
const LISTED_MAX = 200;
/** Holders of a finding that are named. */
const HOLDERS_MAX = 5;
/** Findings of a cause that are unfolded at first. */
const OPEN_MAX = 1;

/** All that is known of the cause that is chosen. */
export function Detail() {
  const cause = chosenCause.value;
  return (
    <section class="panel detail" id="detail" tabIndex={-1} aria-labelledby="detail-title">
      <h2 id="detail-title">Detail</h2>
      {cause === null ? (
        <Empty>The line that allocated the memory of a cause, and who holds it, stand here.</Empty>
      ) : (
        <CauseDetail />
      )}
    </section>
  );
}

function CauseDetail() {
  const cause = chosenCause.value;
  if (cause === null) return null;
  const { findings = [] } = shown.value?.page ?? {};
  const own = cause.findings.flatMap((index) => findings[index] ?? []);
  const more = cause.count - Math.min(own.length, LISTED_MAX);
  return (
    <>
      <p class="lead">
        <VerdictMark verdict={cause.verdict} fails={cause.fails} />{" "}
        {cause.place === null ? <code>{cause.title}</code> : <Place place={cause.place} />}
      </p>
      {cause.place === null ? null : <Sources place={cause.place} />}
      <dl class="facts">
        {cause.holder === null ? null : (
          <div>
            <dt>held by</dt>
            <dd>
              <code>{cause.holder}</code>
            </dd>
          </div>
        )}
        {own.length < 2 || cause.sizeBytes === 0 ? null : (
          <div>
            <dt>in all</dt>
            <dd>
              <Size bytes={cause.sizeBytes} /> {cause.memoryType} in {cause.count} findings{" "}
              <Sparkline values={own.slice(0, LISTED_MAX).map(({ sizeBytes }) => sizeBytes)} />
            </dd>
          </div>
        )}
      </dl>
      {own.slice(0, LISTED_MAX).map((finding, index) => (
        <Finding key={cause.findings[index]} finding={finding} isOpen={index < OPEN_MAX} />
      ))}
      {more > 0 ? <p class="quiet">{more} more; --json FILE has all.</p> : null}
    </>
  );
}

function Sources({ place }: { readonly place: PagePlace }) {
  return (
    <>
      <SourceLines file={place.file} line={place.line} />
      {place.testLine === null ? null : <SourceLines file={place.testLine.file} line={place.testLine.line} />}
    </>
  );
}

function Finding({ finding, isOpen }: { readonly finding: PageFinding; readonly isOpen: boolean }) {
  const { subject, growth, devices, evidence, facts, holders, repeats, signature, history } = finding;
  return (
    <Fold
      kind="finding"
      isOpen={isOpen}
      summary={
        <>
          <code>{subject}</code> <b>{growth}</b> <span class="quiet">{devices}</span>
        </>
      }
    >
      {() => (
        <>
          <p>{evidence}</p>
          <dl class="facts">
            {facts.map(({ name, text }) => (
              <Fact key={name} name={name} text={text} />
            ))}
            {holders.slice(0, HOLDERS_MAX).map((holder) => (
              <Fact key={holder} name="held by" text={holder} isCode />
            ))}
            {holders.length > HOLDERS_MAX ? (
              <Fact name="" text={`and by ${holders.length - HOLDERS_MAX} others`} />
            ) : null}
            {repeats.length === 0 ? null : (
              <div>
                <dt>repeats</dt>
                <dd>
                  {repeats.map((bytes, index) => (
                    <span key={index}>
                      {index === 0 ? "" : ", "}
                      <Size bytes={bytes} />
                    </span>
                  ))}{" "}
                  <Sparkline values={repeats} />
                </dd>
              </div>
            )}
            {history === null ? null : <History history={history} />}
            <Fact name="signature" text={signature} isCode />
          </dl>
          <ToTest finding={finding} />
          <Stack finding={finding} />
          <Buffers finding={finding} />
        </>
      )}
    </Fold>
  );
}

function Fact({
  name,
  text,
  isCode = false,
}: {
  readonly name: string;
  readonly text: string;
  readonly isCode?: boolean;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{isCode ? <code>{text}</code> : text}</dd>
    </div>
  );
}

/** Puts the cursor to where its test ended. */
function ToTest({ finding }: { readonly finding: PageFinding }) {
  const { timeline, memories = [] } = course.value ?? {};
  const test = shown.value?.page.tests[finding.test ?? -1];
  const span = timeline?.tests.find(
    (each) => each.test === test?.test && each.attempt === test.attempt && each.repeat === 0,
  );
  if (test === undefined || span === undefined || span.endNs === null) return null;
  const own = memories.find(
    ({ device, memoryType, pid }) => device === finding.device && memoryType === finding.memoryType && pid === span.pid,
  );
  return (
    <p>
      <button
        type="button"
        class="small"
        onClick={() => {
          change({ cursorNs: span.endNs, ...(own === undefined ? {} : { memory: own.key }) });
          reveal("timeline", "nearest");
        }}
      >
        Show where this test ended
      </button>
    </p>
  );
}

function Stack({ finding: { stack } }: { readonly finding: PageFinding }) {
  if (stack.length === 0) return null;
  return (
    <Fold summary={<>Stack, innermost first</>}>
      {() => (
        <>
          <ol class="stack">
            {stack.map((frame, index) => (
              <li key={index}>
                <code>{frameText(frame)}</code>
              </li>
            ))}
          </ol>
        </>
      )}
    </Fold>
  );
}

function Buffers({ finding: { buffers, moreBuffers } }: { readonly finding: PageFinding }) {
  if (buffers.length === 0) return null;
  return (
    <Fold summary={<>Buffers ({buffers.length + moreBuffers})</>}>
      {() => (
        <>
          <Scroll label="Buffers">
            <table>
              <thead>
                <tr>
                  <th scope="col">Address</th>
                  <th scope="col" class="amount">
                    Size
                  </th>
                  <th scope="col">Tensor</th>
                </tr>
              </thead>
              <tbody>
                {buffers.map(({ address, sizeBytes, tensor }) => (
                  <tr key={address}>
                    <td>
                      <code>{address}</code>
                    </td>
                    <td class="amount">
                      <Size bytes={sizeBytes} />
                    </td>
                    <td>{tensor ?? <span class="quiet">not known</span>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
          {moreBuffers > 0 ? <p class="quiet">{moreBuffers} buffers left out; --json FILE has all.</p> : null}
        </>
      )}
    </Fold>
  );
}
