import { html } from "hono/html";
import { formatBytes } from "../../../core/base/bytes.ts";
import { count } from "../../../core/base/count.ts";
import { printable } from "../../../core/base/printable.ts";
import type { HeldMemory, ProcessReport, RunReport } from "../../../core/model/run-report.ts";
import { allocationsLines } from "../allocations.ts";
import { formatDuration } from "../duration.ts";
import { gradedOf } from "../finding-order.ts";
import { remainingBlock } from "../remaining.ts";
import type { RunFact } from "../run-fact.ts";
import { describeExit, heldByDevice, lostFact, runFacts } from "../run-facts.ts";
import type { RunOutcome } from "../run-outcome.ts";
import { shortageFacts } from "../shortages.ts";
import type { Markup } from "./markup.ts";

const SIGN = { fails: "✗", "nothing-checked": "!", incomplete: "!", clean: "✓" } as const;

/** What the reader came for: the outcome, what to do next, and the figures behind it. */
export function header(report: RunReport, { kind, headline, next, command }: RunOutcome): Markup {
  const { run, remaining } = report;
  const findings = gradedOf(report);
  const failing = findings.filter(({ fails }) => fails).length;
  const others = findings.length - failing;
  return html`<header class="${kind}">
<p class="product">tt-memwatch</p>
<h1><span class="sign" aria-hidden="true">${SIGN[kind]}</span> ${sentence(headline)}</h1>
<p>${next}${command === null ? null : html` <code>${command}</code>`}</p>
<dl class="figures">
${figure("Tests checked", String(run.tests.checked), `${run.tests.notChecked} not checked, ${run.tests.noDevice} without a device`)}
${figure("Findings that fail", String(failing), others === 0 ? "no other" : count(others, "other"))}
${heldFigure(run.tests.checked, remaining)}
${commandFigure(run)}
</dl>
</header>`;
}

function heldFigure(checked: number, remaining: readonly HeldMemory[]): Markup {
  const when = "when the devices were last measured";
  if (remaining.length === 0) {
    return checked === 0
      ? figure("Still held", "unknown", "nothing was measured")
      : figure("Still held", "nothing", when);
  }
  const sizeBytes = remaining.reduce((sum, held) => sum + held.sizeBytes, 0);
  return figure("Still held", formatBytes(sizeBytes), heldByDevice(remaining));
}

function figure(name: string, value: string, note: string): Markup {
  return html`<div><dt>${name}</dt><dd><strong>${value}</strong><small>${note}</small></dd></div>`;
}

/** The value is short: it has the size of a headline. */
function commandFigure({ commandExitCode, durationMs }: RunReport["run"]): Markup {
  const time = formatDuration(durationMs);
  if (commandExitCode === null) return figure("Command", "end not recorded", `${time} are`);
  return figure("Command", describeExit(commandExitCode), `after ${time}`);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What lowers confidence: lost processes, refused connections, warnings. */
export function noticesSection(report: RunReport): Markup | null {
  const { lost, refused, warnings } = report.run;
  const notices: readonly RunFact[] = [
    ...lost.map((each) => ({ name: "Lost", text: lostFact(each) })),
    ...refused.map((reason) => ({ name: "Refused", text: `a connection: ${printable(reason)}` })),
    ...warnings.map((warning) => ({ name: "Warning", text: printable(warning) })),
  ];
  if (notices.length === 0) return null;
  return html`<section class="notices" aria-labelledby="notices"><h2 id="notices">Caveats</h2>
<ul>${notices.map(({ name, text }) => html`<li><b>${name}</b> ${text}</li>`)}</ul></section>`;
}

/** Which tests ran out of memory, and whose it was. */
export function shortagesSection(report: RunReport): Markup | null {
  const facts = shortageFacts(report);
  if (facts.length === 0) return null;
  return html`<section class="shortages" aria-labelledby="shortages"><h2 id="shortages">Out of memory</h2>
<ul>${facts.map(({ text, details = [] }) => html`<li>${text}${detailsOf(details)}</li>`)}</ul></section>`;
}

function detailsOf(details: readonly string[]): Markup | null {
  return details.length === 0 ? null : html`<pre>${details.join("\n")}</pre>`;
}

/** How the run was made: enough to make it again. */
export function runSection(report: RunReport): Markup {
  const { run } = report;
  const facts = runFacts(report).filter(({ name }) => ["command", "tests", "findings"].includes(name));
  return html`<section aria-labelledby="run"><h2 id="run">Run</h2>
<dl>
${facts.map(({ name, text }) => html`<div><dt>${sentence(name)}</dt><dd>${text}</dd></div>`)}
<div><dt>Started</dt><dd><time datetime="${run.startedAt}">${run.startedAt.replace("T", " ").replace("Z", " UTC")}</time></dd></div>
<div><dt>tt-memwatch</dt><dd>${printable(run.engine)}, exit code ${run.exitCode}</dd></div>
</dl>
${run.processes.length === 0 ? null : processTable(run.processes)}
</section>`;
}

function processTable(processes: readonly ProcessReport[]): Markup {
  const heads = ["Process", "Role", "pytest", "Python", "ttnn", "Plugin", "Cache cleared", "Root", "End"];
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Processes"><table>
<caption>Processes</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${processes.map(processRow)}</tbody>
</table></div>`;
}

function processRow({ pid, worker, role, droppedMessages, end, ...process }: ProcessReport): Markup {
  const dropped = droppedMessages === 0 ? "" : `, ${count(droppedMessages, "message")} dropped`;
  const cells = [
    role + (worker === null ? "" : ` ${printable(worker)}`),
    printable(process.pytest),
    printable(process.python),
    printable(process.ttnn ?? "none"),
    printable(process.plugin),
    process.clear,
    printable(process.rootDir),
    end.replace("-", " ") + dropped,
  ];
  return html`<tr><th scope="row">${pid}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`;
}

/** The block the earlier server printed; where nothing was measured, that nothing remains would be invented. */
export function remainingSection({ run, remaining }: RunReport): Markup | null {
  if (run.tests.checked === 0 && remaining.length === 0) return null;
  return html`<section aria-labelledby="remaining"><h2 id="remaining">Remaining buffers</h2>
<div class="scroll" tabindex="0" role="group" aria-labelledby="remaining"><pre>${remainingBlock(remaining).trim()}</pre></div>
</section>`;
}

/** What a patched tt-metal reported, where an allocation server took part. */
export function allocationsSection({ allocations }: RunReport): Markup | null {
  if (allocations === null) return null;
  return html`<section aria-labelledby="allocations"><h2 id="allocations">Allocation server</h2>
<div class="scroll" tabindex="0" role="group" aria-labelledby="allocations"><pre>${allocationsLines(allocations).join("\n")}</pre></div>
</section>`;
}
