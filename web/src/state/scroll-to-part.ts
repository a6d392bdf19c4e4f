/**
 * Scrolls a part of the page into view that something elsewhere has changed: its begin to the top, or no more than it takes.
 * What is drawn first is all that the change draws, because its height decides how far there is to scroll.
 */
export function reveal(id: string, block: "start" | "nearest"): void {
  requestAnimationFrame(() => {
    const behavior = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
    document.getElementById(id)?.scrollIntoView({ block, behavior });
  });
}
