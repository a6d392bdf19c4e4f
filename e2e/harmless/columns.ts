/** A Python with one ttnn and one pytest, which suites are run on. */
export interface Column {
  readonly name: ColumnName;
  readonly ttnn: string;
  readonly python: "3.10" | "3.12";
  readonly pytest: string;
  /** The environment of `make setup` that has them, with pytest-xdist and pytest-rerunfailures, which every suite has then. */
  readonly environment: string;
  /** What is installed over it. */
  readonly packages: readonly string[];
}

export const COLUMN_NAMES = ["newest", "oldest", "middle"] as const;
export type ColumnName = (typeof COLUMN_NAMES)[number];

export const COLUMNS: readonly Column[] = [
  {
    name: "newest",
    ttnn: "0.81.1",
    python: "3.12",
    pytest: "9.2.0",
    environment: "ttnn-0.81.1",
    packages: [],
  },
  {
    name: "oldest",
    ttnn: "0.66.0",
    python: "3.10",
    pytest: "7.0.1",
    environment: "ttnn-0.66.0",
    packages: [],
  },
  {
    name: "middle",
    ttnn: "0.66.0",
    python: "3.10",
    pytest: "8.4.2",
    environment: "ttnn-0.66.0",
    packages: ["pytest==8.4.2"],
  },
];

export function columnOf(name: ColumnName): Column {
  const found = COLUMNS.find((column) => column.name === name);
  if (found === undefined) throw new Error(`no column is called ${name}`);
  return found;
}
