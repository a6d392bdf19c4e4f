import { formatDuration } from "../../../src/core/base/duration.ts";
import type { PageRun } from "../../../src/core/model/page.ts";
import { change, connection, isHelpOpen, query, shown } from "../state/store.ts";
import { nextTheme, theme } from "../state/theme.ts";
import { Command } from "./controls.tsx";

const SIGNS = { fails: "✗", "nothing-checked": "!", incomplete: "!", clean: "✓", running: "●" } as const;

/** Whether it is all right, and how the page goes on. */
export function Header() {
  const run = shown.value?.page.run;
  if (run === undefined) return null;
  return (
    <header class="top">
      <div class="brand">
        <span class="product">tt-memwatch</span>
        <code class="watched" title={run.watched}>
          {run.watched}
        </code>
        <span class="quiet">{runText(run)}</span>
      </div>
      <Pulse />
      <div class="tools">
        <input
          id="search"
          type="search"
          placeholder="Search causes ( / )"
          aria-label="Search causes"
          value={query.value}
          onInput={(event) => change({ query: event.currentTarget.value })}
        />
        <button type="button" onClick={() => nextTheme()} title="Colours: as the system has them, light or dark">
          ◐ {theme.value}
        </button>
        <button type="button" onClick={() => (isHelpOpen.value = true)} aria-label="Keys">
          ?
        </button>
      </div>
    </header>
  );
}

/** Which of its tests were checked is not known of a recording before it was read. */
function runText({ tests, durationMs, recording }: PageRun): string {
  if (recording?.isRead === false) return formatDuration(durationMs);
  const all = tests.checked + tests.notChecked + tests.noDevice;
  return `${all} test${all === 1 ? "" : "s"} · ${formatDuration(durationMs)}`;
}

/** The outcome in a sentence, and what to do next. */
export function Verdict() {
  const run = shown.value?.page.run;
  if (run === undefined) return null;
  const { kind, headline, next, command } = run;
  return (
    <section class={`outcome ${kind}`} aria-label="Outcome">
      <h1>
        <span class="sign" aria-hidden="true">
          {SIGNS[kind]}
        </span>{" "}
        {headline.charAt(0).toUpperCase() + headline.slice(1)}
      </h1>
      <p>
        {next} {command === null ? null : <Command text={command} />}
      </p>
    </section>
  );
}

/** Whether what is shown is how things are now, or of which recording it is. */
function Pulse() {
  const now = connection.value;
  const { recording = null } = shown.value?.page.run ?? {};
  if (now.kind === "file") return null;
  if (now.kind === "reading") return <Reading percent={now.percent} />;
  const text = {
    live: "● live",
    ended: recording === null ? "■ ended" : `■ recording ${recording.file.split("/").at(-1)}`,
    lost: "▲ connection lost; what is shown is old, trying again",
  }[now.kind];
  return (
    <p class={`pulse ${now.kind}`} role="status" title={recording?.file}>
      {text}
    </p>
  );
}

/** No status: a screen reader would say each percent. */
function Reading({ percent }: { readonly percent: number }) {
  return (
    <p class="pulse reading">
      <progress max={100} value={percent} aria-label="Read of the recording" />{" "}
      {percent < 100 ? `reading the recording, ${percent} %` : "judging the recording"}
    </p>
  );
}

/** What lowers confidence in all that the page shows. */
export function Caveats() {
  const caveats = shown.value?.page.run.caveats ?? [];
  if (caveats.length === 0) return null;
  return (
    <details class="caveats" open={caveats.length <= 2}>
      <summary>
        {caveats.length} caveat{caveats.length === 1 ? "" : "s"}
      </summary>
      <ul>
        {caveats.map(({ name, text }) => (
          <li key={name + text}>
            <b>{name}</b> {text}
          </li>
        ))}
      </ul>
    </details>
  );
}
