import { formatBytes } from "../../../src/core/base/bytes.ts";
import type { RunRef, SignatureHistory } from "../../../src/core/model/history.ts";
import { Size } from "./amounts.tsx";

const CHART = { width: 260, height: 44, bar: 10 };
/** A run that checked the test and found nothing is seen as well. */
const LEAST_HEIGHT = 1.5;

const STATE_WORDS: Readonly<Record<SignatureHistory["state"], string>> = {
  new: "new",
  known: "known",
  "came-back": "came back",
};

/** What earlier runs had of a finding's signature, as one of the finding's facts. */
export function History({ history }: { readonly history: SignatureHistory }) {
  const { formerly, first, last, runs, course } = history;
  return (
    <div>
      <dt>history</dt>
      <dd>
        <State history={history} />{" "}
        {first === null ? (
          "no earlier run had it"
        ) : (
          <>
            in {runs} earlier run{runs === 1 ? "" : "s"}: first <Run run={first} />
            {last === null || last.id === first.id ? null : (
              <>
                , last <Run run={last} />
              </>
            )}
          </>
        )}
        {formerly === null ? null : (
          <span class="quiet">
            , formerly as <code>{formerly}</code>
          </span>
        )}
        {course.length < 2 ? null : <Chart course={course} />}
      </dd>
    </div>
  );
}

/** Whether it is new, as a mark. */
export function State({ history: { state } }: { readonly history: SignatureHistory }) {
  return <span class={`state ${state}`}>{STATE_WORDS[state]}</span>;
}

/** "2026-11-05 02:00, commit 4f0c9a1be23d". */
export function Run({ run: { startedAt, commit } }: { readonly run: RunRef }) {
  return (
    <>
      <time dateTime={startedAt} title={startedAt}>
        {minuteText(startedAt)}
      </time>
      {commit === null ? null : (
        <>
          {" "}
          at <code title={commit}>{shortCommit(commit)}</code>
        </>
      )}
    </>
  );
}

function Chart({ course }: Pick<SignatureHistory, "course">) {
  const most = Math.max(...course.map(({ sizeBytes }) => sizeBytes), 1);
  const step = Math.min(CHART.width / course.length, CHART.bar);
  const before = course[0];
  const now = course.at(-1);
  if (before === undefined || now === undefined) return null;
  const box = { width: step * course.length, height: CHART.height };
  return (
    <figure class="runs">
      <svg {...box} viewBox={`0 0 ${box.width} ${box.height}`} role="img" aria-label={describe(course)}>
        {course.map((point, index) => {
          const height = Math.max((point.sizeBytes / most) * CHART.height, LEAST_HEIGHT);
          const kind = point === now ? "now" : point.sizeBytes === 0 ? "none" : "left";
          return (
            <rect
              key={point.atMs}
              class={kind}
              x={index * step}
              y={CHART.height - height}
              width={Math.max(step - 1, 1)}
              height={height}
            >
              <title>{pointText(point)}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption class="quiet">
        left in each run that checked it, {dayText(before.atMs)} to this one; at most <Size bytes={most} />
      </figcaption>
    </figure>
  );
}

function describe(course: SignatureHistory["course"]): string {
  const sizes = course.map(({ sizeBytes }) => formatBytes(sizeBytes));
  return `What was left in ${course.length} runs, the oldest first: ${sizes.join(", ")}`;
}

function pointText({ atMs, sizeBytes, commit }: SignatureHistory["course"][number]): string {
  const at = minuteText(new Date(atMs).toISOString());
  return `${at}: ${formatBytes(sizeBytes)}${commit === null ? "" : `, commit ${shortCommit(commit)}`}`;
}

function dayText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, "2025-01-31".length);
}

function minuteText(startedAt: string): string {
  return startedAt.slice(0, "2025-01-31T12:00".length).replace("T", " ");
}

function shortCommit(commit: string): string {
  return commit.slice(0, 12);
}
