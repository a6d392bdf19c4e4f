import { resolve } from "node:path";
import { count } from "../../core/base/count.ts";
import { formatDuration } from "../../core/base/duration.ts";
import { OutlineTimeline } from "../../core/ledger/timeline/outline-timeline.ts";
import type { Finding } from "../../core/model/finding.ts";
import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";
import type { PageData } from "../../core/model/page.ts";
import type { RecordedRun } from "../../core/model/recording.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import type { Timeline } from "../../core/model/timeline.ts";
import { type LiveState, RecordingPlaces } from "../../in/recording/recording-places.ts";
import type { PageSource, PageState } from "../../out/page-server/page-app.ts";
import { type Outline, outlinePage } from "../../out/report/html/outline-page.ts";
import { pageDocument } from "../../out/report/html/page.ts";
import { type PageExtras, pageData } from "../../out/report/html/page-data.ts";
import type { Io } from "../io.ts";
import { endSnapshot, judgedSnapshot, unreadSnapshot } from "./end-snapshot.ts";

/** Checkpoints of which the first picture is drawn: more than that are not told apart on a screen. */
const OUTLINE_CHECKPOINTS_MAX = 256;

const NS_PER_MS = 1e6;

/** What a page shows of a recording: at once what its index and its checkpoints have, and all of it when it has been read. */
export class RecordingPage implements PageSource {
  #data: string;
  #version = 0;
  #isLast = false;

  readonly #file: string;
  readonly #run: RecordedRun;
  #snapshot: LiveSnapshot;

  /** `file`: as the user named it. `run`: what it begins with. */
  constructor(file: string, run: RecordedRun) {
    this.#file = file;
    this.#run = run;
    this.#snapshot = unreadSnapshot(file, run);
    this.#data = JSON.stringify(outlinePage({ ...run, ...WITHOUT_OUTLINE, durationMs: 0, timeline: null }));
  }

  /** Shows what its index and its checkpoints have. One without an index is shown when it has been read. */
  async outline(io: Io): Promise<void> {
    const outline = await outlineOf(this.#file, this.#run, io);
    if (outline === null) return;
    this.#snapshot = outline.snapshot;
    this.#show(outlinePage(outline.page));
  }

  get document(): PageSource["document"] {
    return pageDocument("a recording", null);
  }

  refresh(): PageState {
    return { version: this.#version, isLast: this.#isLast };
  }

  data(): string {
    return this.#data;
  }

  /** What was live at its end. */
  snapshot(): LiveSnapshot {
    return this.#snapshot;
  }

  /** All of it was read, and judged. */
  ended(report: RunReport, extras: PageExtras, findings: readonly Finding[]): void {
    this.#snapshot = judgedSnapshot(this.#snapshot, findings);
    this.#show(pageData(report, extras));
    this.#isLast = true;
  }

  #show(page: PageData): void {
    this.#data = JSON.stringify(page);
    this.#version += 1;
  }
}

const WITHOUT_OUTLINE = { headline: "reading the recording", next: "Nothing is known before it has been read." };

interface OutlineOfFile {
  readonly page: Outline;
  readonly snapshot: LiveSnapshot;
}

/** null: the recording has no index, or is damaged: whoever reads all of it says what can be read. */
async function outlineOf(file: string, run: RecordedRun, io: Io): Promise<OutlineOfFile | null> {
  try {
    using places = await RecordingPlaces.open(resolve(io.cwd, file));
    const end = places.liveAt(Number.POSITIVE_INFINITY);
    const about = { ...run, ...wordsOf(places), durationMs: places.durationMs };
    return {
      page: { ...about, timeline: timelineIn(places, run, end) },
      snapshot: endSnapshot(file, places, end),
    };
  } catch {
    return null;
  }
}

function wordsOf({ index: { tests, moreTests, checkpoints }, durationMs }: RecordingPlaces) {
  const first = tests.filter(({ attempt, repeat }) => attempt === 1 && repeat === 0);
  return {
    headline: `${count(first.length + moreTests, "test")} in ${formatDuration(durationMs)}; reading the recording`,
    next: `Until it is read, memory is drawn from ${count(checkpoints.length, "checkpoint")}, and only buffers that were live at the end are listed.`,
  };
}

function timelineIn(places: RecordingPlaces, { startedNs }: RecordedRun, { births, lastNs }: LiveState): Timeline {
  const outline = new OutlineTimeline(startedNs, places.index);
  places.eachCheckpoint(
    OUTLINE_CHECKPOINTS_MAX,
    (ring, record) => outline.add(ring, record),
    (atNs) => outline.settle(atNs),
  );
  outline.end(births, Math.max(lastNs, (startedNs ?? 0) + places.durationMs * NS_PER_MS));
  const stacks = places.stacks();
  return outline.timeline((ring) => stacks.get(ring) ?? new Map());
}
