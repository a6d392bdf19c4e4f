import { html } from "hono/html";
import { formatBytes } from "../../../core/base/bytes.ts";
import { count } from "../../../core/base/count.ts";
import { printable } from "../../../core/base/printable.ts";
import { type Cause, causesAndOthers } from "../../../core/model/causes.ts";
import type { Finding, FindingBuffer } from "../../../core/model/finding.ts";
import {
  birthplaceOf,
  buffersOf,
  describeOrigin,
  describeTensor,
  devicesOf,
  growthOf,
  knownOf,
  subjectOf,
  subtestsOf,
} from "../finding-words.ts";
import { causeHead } from "../text-finding.ts";
import type { Markup } from "./markup.ts";

/** A page above this many findings is slow to open and read by nobody; the JSON report has all. */
const FINDINGS_MAX = 2000;
/** So many failing findings are unfolded at once. */
const OPEN_MAX = 10;
const BUFFERS_MAX = 100;

/** A finding and the name of its place on the page. */
export interface PlacedFinding {
  readonly finding: Finding;
  readonly id: string;
}

/** The findings that the page shows, in the order given. */
export function placeFindings(ordered: readonly Finding[]): readonly PlacedFinding[] {
  return ordered.slice(0, FINDINGS_MAX).map((finding, index) => ({ finding, id: `finding-${index + 1}` }));
}

/** Findings that fail, each to be unfolded, then the rest folded together. */
export function findingsSection(placed: readonly PlacedFinding[], total: number): Markup {
  const failing = placed.filter(({ finding }) => finding.fails);
  const others = placed.filter(({ finding }) => !finding.fails);
  return html`<section aria-labelledby="findings">
<h2 id="findings">Findings</h2>
${total === 0 ? html`<p>None.</p>` : null}
${causesAndOthers(failing.map(({ finding }) => finding)).map((each, index) => detailsOf(each, failing, index < OPEN_MAX))}
${others.length === 0 ? null : otherFindings(others, failing.length === 0)}
${placed.length === total ? null : html`<p>${count(total - placed.length, "finding")} left out of this page; --json FILE has all.</p>`}
</section>`;
}

function otherFindings(others: readonly PlacedFinding[], isOpen: boolean): Markup {
  const verb = others.length === 1 ? "finding that does not fail" : "findings that do not fail";
  return html`<details class="others"${isOpen ? html` open` : null}><summary>${others.length} ${verb}</summary>
${causesAndOthers(others.map(({ finding }) => finding)).map((each) => detailsOf(each, others, false))}
</details>`;
}

function detailsOf(each: Cause | Finding, placed: readonly PlacedFinding[], isOpen: boolean): Markup {
  const findings = new Set("verdict" in each ? [each] : each.findings);
  const places = placed.filter(({ finding }) => findings.has(finding));
  const [first] = places;
  if (first === undefined) throw new Error("every finding has its place");
  return "verdict" in each ? findingDetails(first, isOpen) : causeDetails(each, places, isOpen);
}

/** What several tests have in common, and each of them to be unfolded. */
function causeDetails(cause: Cause, placed: readonly PlacedFinding[], isOpen: boolean): Markup {
  const [first] = cause.findings;
  const kind = first?.fails === true ? "fails" : "passes";
  const { subject, left } = causeHead(cause);
  return html`<details class="finding cause ${kind} ${first?.verdict}"${isOpen ? html` open` : null}>
<summary><span class="verdict">${first?.verdict}</span> <span class="test">${subject}</span> <span class="growth">${left}</span></summary>
<dl>
${first === undefined ? null : entry("Origin", originOf(first))}
${cause.holder === null ? null : entry("Held by", html`<code>${printable(cause.holder)}</code>`)}
</dl>
${placed.map((each) => findingDetails(each, false))}
</details>`;
}

function findingDetails({ finding, id }: PlacedFinding, isOpen: boolean): Markup {
  const kind = finding.fails ? "fails" : "passes";
  return html`<details class="finding ${kind} ${finding.verdict}" id="${id}"${isOpen ? html` open` : null}>
<summary><span class="verdict">${finding.verdict}</span> <code class="test">${subjectOf(finding)}</code>
<span class="growth">${growthOf(finding)}</span> <span class="device">${devicesOf(finding)}</span></summary>
<p>${printable(finding.evidence)}</p>
<dl>
${entry("Known leak", knownOf(finding))}
${entry("Buffers", buffersOf(finding))}
${entry("Size", sizeOf(finding))}
${entry("Origin", originOf(finding))}
${finding.holders.map((holder) => entry("Held by", html`<code>${printable(holder)}</code>`))}
${entry("Signature", html`<code>${printable(finding.signature)}</code>`)}
</dl>
${finding.buffers.length === 0 ? null : bufferTable(finding.buffers)}
</details>`;
}

function entry(name: string, value: string | Markup | null): Markup | null {
  return value === null ? null : html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function sizeOf({ sizeBytes, bytesPerBank, banks, chips }: Finding): string | null {
  if (sizeBytes === 0) return null;
  const each = chips.length > 1 ? " on each chip" : "";
  return `${number(sizeBytes)} bytes${each} = ${number(bytesPerBank)} bytes per bank x ${count(banks, "bank")}`;
}

function originOf(finding: Finding): Markup | null {
  const birthplace = birthplaceOf(finding);
  const subtests = subtestsOf(finding);
  const parts = [
    finding.origin === null ? null : html`<code>${describeOrigin(finding.origin)}</code>`,
    birthplace === null ? null : html` ${birthplace}`,
    subtests === null ? null : html` ${subtests}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : html`${parts}`;
}

function bufferTable(buffers: readonly FindingBuffer[]): Markup {
  const leftOut = buffers.length - BUFFERS_MAX;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Buffers"><table>
<caption>Buffers</caption>
<thead><tr><th scope="col">Address</th><th scope="col" class="amount">Size</th><th scope="col">Tensor</th></tr></thead>
<tbody>${buffers.slice(0, BUFFERS_MAX).map(bufferRow)}</tbody>
</table></div>${leftOut > 0 ? html`<p>${count(leftOut, "buffer")} left out; --json FILE has all.</p>` : null}`;
}

function bufferRow({ address, sizeBytes, tensor }: FindingBuffer): Markup {
  const description = tensor === null ? "not known" : describeTensor(tensor);
  return html`<tr><td><code>0x${address.toString(16)}</code></td><td class="amount">${formatBytes(sizeBytes)}</td><td>${description}</td></tr>`;
}

/** With thousands separated, in the same way everywhere. */
function number(amount: number): string {
  return amount.toLocaleString("en-US");
}
