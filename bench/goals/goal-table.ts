import { markdownTable } from "markdown-table";
import type { Figure, Measured } from "./figures.ts";

/** The table of goals, what was measured, and what had been measured before; then on what, a line for each bench. */
export function goalTable(measured: readonly Measured[]): string {
  const figures = measured.flatMap((each) => each.figures).toSorted((a, b) => a.item - b.item);
  const rows = figures.map((figure) => [
    `${figure.item}`,
    figure.name,
    `<= ${figure.goal}${figure.unit}`,
    todayOf(figure),
    figure.before ?? "",
    isMissed(figure) && figure.note === "" ? "missed, and nobody has said why" : figure.note,
  ]);
  const head = ["", "what", "goal", "today", "before", ""];
  const table = markdownTable([head, ...rows], { align: ["r", "l", "r", "r", "r", "l"] });
  return [table, "", ...measured.map(machineLine)].join("\n");
}

/** In bold where the goal is missed. */
function todayOf(figure: Figure): string {
  const text = figure.value === null ? "not measured" : `${rounded(figure.value)}${figure.unit}`;
  return isMissed(figure) ? `**${text}**` : text;
}

function isMissed({ value, goal }: Figure): boolean {
  return value === null || value > goal;
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(2);
}

function machineLine({ bench, measuredAt, machine, versions }: Measured): string {
  const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `- \`${bench}\`: ${measuredAt.slice(0, 10)}, ${machine}, ${used.join(", ")}`;
}
