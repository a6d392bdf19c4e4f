/** A colour of the style sheet, for what is drawn on a canvas. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Colours of Okabe and Ito that differ for everyone; more groups than these share the last. */
const GROUP_COLOURS = ["g0", "g1", "g2", "g3", "g4", "g5", "g6"] as const;
export const OTHER_COLOUR = "g-other";

/** A colour for each of the largest groups, by their order. */
export function groupColour(index: number): string {
  return GROUP_COLOURS[index] ?? OTHER_COLOUR;
}
