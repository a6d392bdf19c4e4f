/** Gives each name another one, the same one every time. */
export class ReplacementNames {
  readonly #given = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** `prefix`: what the new name begins with, which says what it is of. */
  of(prefix: string, name: string): string {
    const key = `${prefix} ${name}`;
    const known = this.#given.get(key);
    if (known !== undefined) return known;
    const number = (this.#counts.get(prefix) ?? 0) + 1;
    this.#counts.set(prefix, number);
    const given = `${prefix}${number}`;
    this.#given.set(key, given);
    return given;
  }

  /** "models/llama/attention.py" as "d1/d2/f1.py": folders and files are told apart, and how a file's name ends stays. */
  path(path: string): string {
    const parts = path.split("/");
    return parts.map((part, index) => (index === parts.length - 1 ? this.#file(part) : this.#folder(part))).join("/");
  }

  /** As `path`, where its last part is a folder, too. */
  folder(path: string): string {
    return path
      .split("/")
      .map((part) => this.#folder(part))
      .join("/");
  }

  /** pytest's node id: "tests/test_a.py::TestB::test_c[1]" as "d1/f1.py::n1::n2[p1]". */
  nodeId(id: string): string {
    const [, whole = id, parameters] = /^(.*?)(?:\[(.*)\])?$/s.exec(id) ?? [];
    const [file = "", ...names] = whole.split("::");
    const rest = parameters === undefined ? "" : `[${this.of("p", parameters)}]`;
    return [this.path(file), ...names.map((name) => this.word(name))].join("::") + rest;
  }

  /** Each word of it, such as those of "Model.forward", or of the path to a holder: "_CACHE['kv'][0]"; "<locals>" is Python's. */
  words(text: string): string {
    return text.replaceAll(/<\w+>|[\p{L}_][\p{L}\p{N}_]*/gu, (word) => (word.startsWith("<") ? word : this.word(word)));
  }

  word(word: string): string {
    return word === "" ? "" : this.of("n", word);
  }

  #folder(name: string): string {
    return name === "" || name === "." || name === ".." ? name : this.of("d", name);
  }

  #file(name: string): string {
    const [, stem = name, ending = ""] = /^(.+?)(\.[a-z]{1,4})$/.exec(name) ?? [];
    return name === "" || name === "." || name === ".." ? name : `${this.of("f", stem)}${ending}`;
  }
}
