import { computed, effect, signal } from "@preact/signals";

/** `auto`: as the system has it. */
export type Theme = "auto" | "light" | "dark";

export const theme = signal<Theme>("auto");

const system = window.matchMedia("(prefers-color-scheme: dark)");
const isSystemDark = signal(system.matches);
system.addEventListener("change", ({ matches }) => (isSystemDark.value = matches));

/** Paper is light. */
const isPrinting = signal(false);
window.addEventListener("beforeprint", () => (isPrinting.value = true));
window.addEventListener("afterprint", () => (isPrinting.value = false));

/** What is drawn on a canvas has to be drawn anew when this changes. */
export const isDark = computed(
  () => !isPrinting.value && (theme.value === "auto" ? isSystemDark.value : theme.value === "dark"),
);

const NEXT: Readonly<Record<Theme, Theme>> = { auto: "light", light: "dark", dark: "auto" };

export function nextTheme(): void {
  theme.value = NEXT[theme.value];
}

/** The style sheet has the colours of both. */
export function bindTheme(document: Document): void {
  effect(() => document.documentElement.setAttribute("data-theme", isDark.value ? "dark" : "light"));
}
