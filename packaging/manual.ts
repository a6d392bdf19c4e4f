/** Manual pages, made of what the commands declare for their help. The macros are those of man(7). */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { declaredProgram } from "./declared-program.ts";
import { sourceDate } from "./source-date.ts";

const ISO_DATE_CHARACTERS = 10;
const EXIT_CODES = [
  ["0", "Clean."],
  ["1", "There are findings that fail."],
  ["2", "Wrong use, or a report could not be written."],
  ["3", "Nothing was checked, or a pytest process ended midway."],
  ["70", "A fault of tt-memwatch's own."],
] as const;

/** Writes a page for the program and one for each command. */
export async function writeManual(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const program = await declaredProgram();
  writeFileSync(join(folder, "tt-memwatch.1"), programPage(program));
  for (const command of program.commands) {
    writeFileSync(join(folder, `tt-memwatch-${command.name()}.1`), commandPage(command));
  }
}

function programPage(program: Command): string {
  return page("tt-memwatch", sentence(program.description()), [
    section("Synopsis", [".B tt-memwatch", escaped("[options] command ...")]),
    section("Description", [escaped(program.description())]),
    section(
      "Commands",
      program.commands.flatMap((command) => item(command.name(), sentence(command.summary()))),
    ),
    section("Options", optionLines(program)),
    section(
      "Exit status",
      EXIT_CODES.flatMap(([code, meaning]) => item(code, meaning)),
    ),
    section("See also", [program.commands.map((command) => `.BR tt\\-memwatch\\-${command.name()} (1)`).join(" ,\n")]),
  ]);
}

function commandPage(command: Command): string {
  const name = `tt-memwatch-${command.name()}`;
  return page(name, command.summary(), [
    section("Synopsis", [`.B tt\\-memwatch ${escaped(command.name())}`, escaped(command.usage())]),
    section("Description", [escaped(sentence(command.summary())), ...noteLines(notesOf(command))]),
    section("Options", optionLines(command)),
    section("See also", [".BR tt\\-memwatch (1)"]),
  ]);
}

function page(name: string, summary: string, sections: readonly string[]): string {
  const date = sourceDate().toISOString().slice(0, ISO_DATE_CHARACTERS);
  const title = `.TH ${escaped(name.toUpperCase())} 1 ${date} tt\\-memwatch "User Commands"`;
  const heading = section("Name", [`${escaped(name)} \\- ${escaped(summary.replace(/\.$/, ""))}`]);
  return `${[title, heading, ...sections].join("\n")}\n`;
}

function section(name: string, lines: readonly string[]): string {
  return [`.SH ${name.toUpperCase()}`, ...lines].join("\n");
}

function item(term: string, text: string): string[] {
  return [".TP", `.B ${escaped(term)}`, escaped(text)];
}

function optionLines(command: Command): string[] {
  const help = command.createHelp();
  return help
    .visibleOptions(command)
    .flatMap((option) => item(help.optionTerm(option), sentence(help.optionDescription(option))));
}

/** What the help has after the options. */
function notesOf(command: Command): string {
  let shown = "";
  command.configureOutput({ writeOut: (text) => (shown += text) }).outputHelp();
  return shown.slice(command.helpInformation().length);
}

/** Paragraphs; lines that are set in are shown as they are. */
function noteLines(notes: string): string[] {
  return notes
    .split(/\n{2,}/)
    .filter((text) => text.trim() !== "")
    .flatMap(paragraphLines);
}

function paragraphLines(text: string): string[] {
  const lines = text.split("\n").filter(Boolean);
  const isTable = lines.some((line) => / {2}/.test(line));
  return isTable ? [".PP", ".nf", ...lines.map(escaped), ".fi"] : [".PP", ...lines.map(escaped)];
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return first.endsWith(".") ? first : `${first}.`;
}

/** What troff would take for its own: escapes, its dashes, and controls at the beginning of a line. */
function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^(?=[.'])/, "\\&");
}
