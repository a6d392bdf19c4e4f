import type { PageData, PageSnippet } from "../../../src/core/model/page.ts";
import { decodeTimeline } from "../../../src/core/model/page-timeline.ts";
import { type Memory, memoriesOf } from "../model/memories.ts";
import type { Course } from "../model/memory-curve.ts";
import { EventsByMemory } from "../model/memory-events.ts";
import { ownersOf, type RowOwners } from "../model/owners.ts";

/** A run as the views ask for it. */
export interface ShownRun {
  readonly page: PageData;
  readonly course: RunCourse | null;
  /** By "file:line". */
  readonly snippets: ReadonlyMap<string, PageSnippet>;
}

/** What is known of when what was live. */
export interface RunCourse extends Course {
  readonly memories: readonly Memory[];
  readonly owners: RowOwners;
}

export function shownRun(page: PageData): ShownRun {
  return { page, course: courseOf(page), snippets: snippetsOf(page) };
}

function courseOf(page: PageData): RunCourse | null {
  if (page.timeline === null) return null;
  const timeline = decodeTimeline(page.timeline);
  const events = new EventsByMemory(timeline.allocations);
  return { timeline, events, memories: memoriesOf(timeline), owners: ownersOf(timeline, page) };
}

function snippetsOf({ snippets }: PageData): ReadonlyMap<string, PageSnippet> {
  return new Map(
    snippets.flatMap((snippet) =>
      snippet.lines.map((_, index) => [`${snippet.file}:${snippet.firstLine + index}`, snippet] as const),
    ),
  );
}
