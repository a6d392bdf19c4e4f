import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

/** Something to unfold; what is inside is made when it is unfolded first. */
export function Fold({
  summary,
  kind,
  isOpen = false,
  children,
}: {
  readonly summary: ComponentChildren;
  readonly kind?: string;
  readonly isOpen?: boolean;
  readonly children: () => ComponentChildren;
}) {
  const [wasOpen, setWasOpen] = useState(isOpen);
  return (
    <details
      class={kind}
      open={isOpen}
      onToggle={({ currentTarget }) => {
        if (currentTarget.open) setWasOpen(true);
      }}
    >
      <summary>{summary}</summary>
      {wasOpen ? children() : null}
    </details>
  );
}
