/**
 * Whether `text` matches a glob: `*` stands for any run of characters, `?` for one. Everything else is itself, brackets too: node ids
 * are full of them.
 */
export function matchesGlob(glob: string, text: string): boolean {
  const pattern = glob
    .replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${pattern}$`, "s").test(text);
}
