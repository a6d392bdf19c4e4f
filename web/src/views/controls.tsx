import type { ComponentChildren } from "preact";

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
