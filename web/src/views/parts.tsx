import type { ComponentChildren } from "preact";
import { formatBytes } from "../../../src/core/base/bytes.ts";
import type { Verdict } from "../../../src/core/model/finding.ts";
import type { PagePlace } from "../../../src/core/model/page.ts";
import { signOf, sizeProps } from "./format-for-page.ts";

// Parts that several views have in common.

export function Size({ bytes }: { readonly bytes: number }) {
  return <span class="size" {...sizeProps(bytes)} />;
}

/** A change of size with its sign. */
export function Change({ bytes }: { readonly bytes: number }) {
  const { title } = sizeProps(bytes);
  const kind = bytes > 0 ? "grew" : bytes < 0 ? "shrank" : "same";
  return (
    <span class={`size ${kind}`} title={title}>
      {bytes > 0 ? "+" : ""}
      {formatBytes(bytes)}
    </span>
  );
}

export function VerdictMark({ verdict, fails }: { readonly verdict: Verdict; readonly fails: boolean }) {
  const kind = !fails ? "quiet" : verdict === "leak" ? "bad" : "warn";
  return (
    <span class={`verdict ${kind}`}>
      <span aria-hidden="true">{signOf(verdict, fails)}</span> {verdict}
    </span>
  );
}

/** "ttnn.as_tensor   models/attention.py:212 in load_kv   (from test_attention.py:41)" */
export function Place({ place }: { readonly place: PagePlace }) {
  const { operation, file, line, function: caller, testLine } = place;
  return (
    <span class="place">
      {operation === null ? null : <b>{operation} </b>}
      <code>
        {file}:{line}
      </code>{" "}
      in <code>{caller}</code>
      {testLine === null ? null : (
        <span class="quiet">
          {" "}
          from <code>{`${testLine.file}:${testLine.line}`}</code>
        </span>
      )}
    </span>
  );
}

/** What stands where there is nothing to show: why, and the command that brings it. */
export function Empty({ children, command }: { readonly children: ComponentChildren; readonly command?: string }) {
  return (
    <div class="empty">
      <p>{children}</p>
      {command === undefined ? null : <Command text={command} />}
    </div>
  );
}

/** A command to paste. */
export function Command({ text }: { readonly text: string }) {
  return (
    <span class="command">
      <code>{text}</code>
      <button type="button" class="small" onClick={() => void navigator.clipboard?.writeText(text)}>
        Copy
      </button>
    </span>
  );
}

/** A part of the page that scrolls by itself, also by keyboard. */
export function Scroll({
  label,
  children,
  id,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
  readonly id?: string;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a section would be one more landmark
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <div class="scroll" role="group" tabIndex={0} aria-label={label} id={id}>
      {children}
    </div>
  );
}

/** One of a few values. */
export function Choice<Value extends string>({
  label,
  values,
  value,
  onChange,
}: {
  readonly label: string;
  readonly values: readonly Value[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}) {
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      {values.map((each) => (
        <button key={each} type="button" aria-pressed={each === value} onClick={() => onChange(each)}>
          {each}
        </button>
      ))}
    </fieldset>
  );
}

const SPARKLINE_HEIGHT = 17;

/** Amounts over time as a line of bars. */
export function Sparkline({ values }: { readonly values: readonly number[] }) {
  const most = Math.max(...values, 1);
  const width = Math.max(2, Math.min(8, Math.floor(120 / values.length)));
  const size = { width: width * values.length, height: SPARKLINE_HEIGHT };
  // Where there is less room, its bars are narrower.
  const box = `0 0 ${size.width} ${size.height}`;
  return (
    <svg class="sparkline" {...size} viewBox={box} preserveAspectRatio="none" aria-hidden="true">
      <path d={values.map((value, index) => barPath(index * width, width - 1, value / most)).join("")} />
    </svg>
  );
}

/** A bar of a sparkline; what is nothing is seen as well. */
function barPath(left: number, width: number, share: number): string {
  const height = Math.max(1, Math.max(share, 0) * SPARKLINE_HEIGHT);
  return `M${left} ${SPARKLINE_HEIGHT}v${-height}h${width}v${height}z`;
}
