/** What a page in Chromium takes while its timeline is zoomed. */
import type { Page } from "playwright-core";
import { median } from "../goals/figures.ts";

export const FRAMES = 120;
const MB = 1e6;

/** Milliseconds of each frame while the timeline is zoomed in and out. */
const ZOOM = `new Promise((resolve) => {
  const times = [];
  let last = performance.now();
  const step = (now) => {
    times.push(now - last);
    last = now;
    if (times.length === ${FRAMES}) return resolve(times.slice(1));
    document.dispatchEvent(new KeyboardEvent("keydown", { key: times.length % 20 < 10 ? "[" : "]", bubbles: true }));
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})`;

/** The middle one of them. */
export async function frameMs(page: Page): Promise<number> {
  return median(await page.evaluate<number[]>(ZOOM));
}

/** Megabytes of its program. */
export async function heapMb(page: Page): Promise<number> {
  return (await page.evaluate<number>("performance.memory.usedJSHeapSize")) / MB;
}
