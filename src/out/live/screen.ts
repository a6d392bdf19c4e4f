/** What a terminal shows, for tests: the few sequences the status line and plain programs write; others are errors. */
export class Screen {
  rows: number;
  readonly columns: number;
  #cells: string[][];
  #row = 0;
  #column = 0;
  #saved = { row: 0, column: 0 };
  #bottom: number;

  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
    this.#bottom = rows - 1;
    this.#cells = Array.from({ length: rows }, () => this.#blank());
  }

  /** The rows as text, without blanks at their ends. */
  get lines(): readonly string[] {
    return this.#cells.map((row) => row.join("").trimEnd());
  }

  /** Whether all rows scroll, as on a fresh terminal. */
  get isWholeScreenScrolling(): boolean {
    return this.#bottom === this.rows - 1;
  }

  /** Terminal output as the program side of the terminal sees it: "\n" ends a line. */
  write(text: string): void {
    this.feed(text.replace(/\r?\n/g, "\r\n"));
  }

  /** Terminal output as the terminal gets it. */
  feed(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's language.
    for (const [piece] of text.matchAll(/\x1b\[[?\d;]*[A-Za-z]|\x1b.|[^\x1b]/gsu)) this.#take(piece);
  }

  /** As xterm does it: rows are lost at the top or added at the bottom, and all of them scroll again. */
  resize(rows: number): void {
    while (this.rows > rows) {
      if (this.#row < this.rows - 1) this.#cells.pop();
      else {
        this.#cells.shift();
        this.#row -= 1;
      }
      this.rows -= 1;
    }
    while (this.rows < rows) this.rows = this.#cells.push(this.#blank());
    this.#bottom = rows - 1;
  }

  #take(piece: string): void {
    if (piece.startsWith("\x1b[")) this.#control(piece.slice(2, -1), piece.slice(-1));
    else if (piece === "\x1b7") this.#saved = { row: this.#row, column: this.#column };
    else if (piece === "\x1b8") this.#moveTo(this.#saved.row, this.#saved.column);
    else if (piece === "\x1bD" || piece === "\n") this.#lineFeed();
    else if (piece === "\r") this.#column = 0;
    else if (/^\p{Cc}/u.test(piece)) throw new Error(`unknown control ${JSON.stringify(piece)}`);
    else this.#put(piece);
  }

  #control(parameters: string, command: string): void {
    const [first = 1, second = 1] = parameters.split(";").map((parameter) => Number(parameter) || 1);
    switch (command) {
      case "m":
        return;
      case "A":
        this.#moveTo(this.#row - first, this.#column);
        return;
      case "H":
        this.#moveTo(first - 1, second - 1);
        return;
      case "r":
        this.#bottom = parameters === "" ? this.rows - 1 : second - 1;
        this.#moveTo(0, 0);
        return;
      case "K":
        this.#cells[this.#row]?.fill(" ", this.#column);
        return;
      case "J":
        this.#cells[this.#row]?.fill(" ", this.#column);
        for (const row of this.#cells.slice(this.#row + 1)) row.fill(" ");
        return;
      default:
        throw new Error(`unknown sequence ESC [ ${parameters} ${command}`);
    }
  }

  #put(character: string): void {
    if (this.#column === this.columns) {
      this.#column = 0;
      this.#lineFeed();
    }
    this.#cells[this.#row]?.splice(this.#column, 1, character);
    this.#column += 1;
  }

  #lineFeed(): void {
    if (this.#row === this.#bottom) {
      this.#cells.shift();
      this.#cells.splice(this.#bottom, 0, this.#blank());
    } else this.#moveTo(this.#row + 1, this.#column);
  }

  #moveTo(row: number, column: number): void {
    this.#row = Math.min(Math.max(row, 0), this.rows - 1);
    this.#column = Math.min(Math.max(column, 0), this.columns);
  }

  #blank(): string[] {
    return Array.from({ length: this.columns }, () => " ");
  }
}
