import Table from "cli-table3";

/** Borders are for numbers that need them: here columns are enough. */
const NO_BORDERS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "   ",
};

type Column = readonly [head: string, align: "left" | "right"];

/** Rows in columns, without borders and colours. The text has to be safe to print. */
export function plainTable(columns: readonly Column[], rows: readonly Table.HorizontalTableRow[]): string {
  const table = new Table({
    chars: NO_BORDERS,
    head: columns.map(([head]) => head),
    colAligns: columns.map(([, align]) => align),
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(row);
  return table.toString().replaceAll(/ +$/gm, "");
}
