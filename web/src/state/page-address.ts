import { effect } from "@preact/signals";
import { viewState } from "./store.ts";
import { formatState, parseState } from "./view-state.ts";

/** Keeps the page's address and its state the same. */
export function bindAddress(window: Window): void {
  const read = (): void => {
    viewState.value = parseState(window.location.hash.slice(1));
  };
  read();
  window.addEventListener("hashchange", read);
  effect(() => {
    const text = formatState(viewState.value);
    if (text !== formatState(parseState(window.location.hash.slice(1))))
      window.history.replaceState(null, "", `#${text}`);
  });
}
