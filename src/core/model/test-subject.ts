/** Characters of a test's name that a signature shows. */
const SUBJECT_LENGTH_MAX = 80;

/** The name of a test or fixture as one word, as signatures show it. */
export function shownSubject(name: string): string {
  return name.replace(/[^\w:.+-]/g, "_").slice(0, SUBJECT_LENGTH_MAX);
}

/** What follows the file in a node id, or the file's name where nothing does: `TestKv::test_decode`. */
export function nameInFile(nodeId: string): string {
  const [file = nodeId] = nodeId.split("::", 1);
  return nodeId.slice(file.length + 2) || file.slice(file.lastIndexOf("/") + 1);
}

/** A test's name as signatures show it, whichever its file and parameters. */
export function subjectOfTest(nodeId: string): string {
  return shownSubject(nameInFile(nodeId).replace(/\[.*$/s, ""));
}

/** The same name out of a signature of the second version or a later one; empty: it has none. */
export function subjectOfSignature(signature: string): string {
  return /^v\d+:[\w-]+:(?:(?:dram|l1|l1_small|trace):)?(.+):[0-9a-f]{12}$/.exec(signature)?.[1] ?? "";
}

/** How signatures begin the name of a wider fixture. */
const FIXTURE = "fixture_";

/** Whether a name out of a signature is a wider fixture's; a test may have such a name, too. */
export function isFixtureSubject(subject: string): boolean {
  return subject.startsWith(FIXTURE);
}

/** The file part of a node id. */
export function fileOfTest(nodeId: string): string {
  return nodeId.split("::", 1)[0] ?? nodeId;
}

/** A node id up to its parameters. Folders may have brackets, too. */
export function testWithoutParameters(test: string): string {
  const file = test.indexOf("::");
  const bracket = test.indexOf("[", file === -1 ? test.lastIndexOf("/") : file);
  return bracket === -1 ? test : test.slice(0, bracket);
}

/**
 * The package of a file, as far as moves within it are concerned: the folders above the first one that is called test or tests; where
 * none is, the first folder.
 */
export function packageOf(file: string): string {
  const folders = fileOfTest(file).split("/").slice(0, -1);
  const tests = folders.findIndex((folder) => folder === "tests" || folder === "test");
  return folders.slice(0, tests === -1 ? 1 : tests).join("/");
}
