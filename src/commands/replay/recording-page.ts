import { resolve } from "node:path";
import { count } from "../../core/base/count.ts";
import { formatDuration } from "../../core/base/duration.ts";
import { OutlineTimeline } from "../../core/ledger/timeline/outline-timeline.ts";
import type { Finding } from "../../core/model/finding.ts";
import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";
import type { RecordedRun } from "../../core/model/recording.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import type { Timeline } from "../../core/model/timeline.ts";
import { RecordingPlaces } from "../../in/recording/recording-places.ts";
import type { PageSource, PageState } from "../../out/page-server/page-app.ts";
import { outlinePage } from "../../out/report/html/outline-page.ts";
import { pageDocument } from "../../out/report/html/page.ts";
import { type PageExtras, recordingPage } from "../../out/report/html/page-data.ts";
import { jsonPieces } from "../../out/report/json-pieces.ts";
import type { Io } from "../io.ts";
import { resultInSlices } from "../work-in-slices.ts";
import { endSnapshot, judgedSnapshot, unreadSnapshot } from "./end-snapshot.ts";

/** Checkpoints of which the first picture is drawn: more than that are not told apart on a screen. */
const OUTLINE_CHECKPOINTS_MAX = 256;

const NS_PER_MS = 1e6;

/** What a page shows of a recording: at once what its index and its checkpoints have, and all of it when it has been read. */
export class RecordingPage implements PageSource {
  #data: string;
  #version = 0;
  #isLast = false;
  /** How much of it was read, from 0 to 1. */
  #share: () => number = () => 0;

  readonly #file: string;
  readonly #run: RecordedRun;
  #snapshot: LiveSnapshot;

  /** `file`: as the user named it. `run`: what it begins with. */
  constructor(file: string, run: RecordedRun) {
    this.#file = file;
    this.#run = run;
    this.#snapshot = unreadSnapshot(file, run);
    this.#data = JSON.stringify(outlinePage({ ...run, ...WITHOUT_OUTLINE, file, durationMs: 0, timeline: null }));
  }

  /** Shows what its index and its checkpoints have, and then what was live at its end. One without an index is shown when it has been read. */
  async outline(io: Io): Promise<void> {
    try {
      using places = await RecordingPlaces.open(resolve(io.cwd, this.#file));
      await resultInSlices(this.#outlining(places));
    } catch {
      // It has no index, or is damaged: whoever reads all of it says what can be read.
    }
  }

  /** `share`: how much of it was, from 0 to 1. */
  reads(share: () => number): void {
    this.#share = share;
  }

  get document(): PageSource["document"] {
    return pageDocument("a recording", null);
  }

  refresh(): PageState {
    const state = { version: this.#version, isLast: this.#isLast };
    return this.#isLast ? state : { ...state, readShare: this.#share() };
  }

  data(): string {
    return this.#data;
  }

  /** What was live at its end. */
  snapshot(): LiveSnapshot {
    return this.#snapshot;
  }

  /** All of it was read, and judged. Its data is made step by step: pages are told in between that we are there. */
  async ended(report: RunReport, extras: PageExtras, findings: readonly Finding[]): Promise<void> {
    this.#snapshot = judgedSnapshot(this.#snapshot, findings);
    const recording = { file: this.#file, isRead: true };
    this.#data = (await resultInSlices(collected(jsonPieces(recordingPage(report, extras, recording))))).join("");
    this.#version += 1;
    this.#isLast = true;
  }

  *#outlining(places: RecordingPlaces): Generator<void, void, void> {
    const startedNs = this.#run.startedNs;
    const outline = new OutlineTimeline(startedNs, places.index);
    yield* places.eachCheckpoint(
      OUTLINE_CHECKPOINTS_MAX,
      (ring, record) => outline.add(ring, record),
      (atNs) => outline.settle(atNs),
    );
    // Times are drawn up to the end from the start, so that nothing moves when the rest is known.
    const endNs = (startedNs ?? 0) + places.durationMs * NS_PER_MS;
    this.#showOutline(places, { ...outline.timeline(() => new Map()), endNs });
    yield;
    const end = yield* places.findingLiveAt(Number.POSITIVE_INFINITY);
    outline.end(end.births, Math.max(end.lastNs, endNs));
    const stacks = places.stacks();
    yield;
    this.#showOutline(
      places,
      outline.timeline((ring) => stacks.get(ring) ?? new Map()),
    );
    yield;
    this.#snapshot = endSnapshot(this.#file, places, end);
  }

  #showOutline(places: RecordingPlaces, timeline: Timeline): void {
    const { durationMs } = places;
    const page = outlinePage({ ...this.#run, ...wordsOf(places), file: this.#file, durationMs, timeline });
    this.#data = JSON.stringify(page);
    this.#version += 1;
  }
}

const WITHOUT_OUTLINE = { headline: "reading the recording", next: "Nothing is known before it has been read." };

function wordsOf({ index: { tests, moreTests, checkpoints }, durationMs }: RecordingPlaces) {
  const first = tests.filter(({ attempt, repeat }) => attempt === 1 && repeat === 0);
  return {
    headline: `${count(first.length + moreTests, "test")} in ${formatDuration(durationMs)}; reading the recording`,
    next: `Until it is read, memory is drawn from ${count(checkpoints.length, "checkpoint")}, and only buffers that were live at the end are listed.`,
  };
}

function* collected(pieces: Iterable<string>): Generator<void, readonly string[], void> {
  const all: string[] = [];
  for (const piece of pieces) {
    all.push(piece);
    yield;
  }
  return all;
}
