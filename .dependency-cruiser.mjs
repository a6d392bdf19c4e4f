/**
 * Which folder may import which: the layer table of docs/architecture.md.  `make check-layers` prints a rule's comment
 * when it is broken, so each comment says why the rule is there.
 */

const TEST = "\\.test\\.ts$";
const OUTSIDE = ["core", "npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown"];

const forbidden = [
  {
    name: "base-stands-alone",
    comment: "core/base holds small truths that everything may lean on, so it leans on nothing.",
    from: { path: "^src/core/base/" },
    to: { path: "^src/", pathNot: "^src/core/base/" },
  },
  {
    name: "model-knows-base-only",
    comment: "core/model is the vocabulary; it must not know what is done with it.",
    from: { path: "^src/core/model/" },
    to: { path: "^src/", pathNot: "^src/core/(base|model)/" },
  },
  {
    name: "core-siblings-are-strangers",
    comment: "Ledger and verdicts meet in core/model's types, never directly, so each can be tested alone.",
    from: { path: "^src/core/(ledger|verdicts|known)/" },
    to: { path: "^src/", pathNot: "^src/core/(base|model|$1)/" },
  },
  {
    name: "ledgers-are-strangers",
    comment:
      "A run's ledger, the server's books and the earlier server's books are three accounts; one never leans on another.",
    from: { path: "^src/core/ledger/([^/]+)/" },
    to: { path: "^src/core/ledger/[^/]+/", pathNot: "^src/core/ledger/$1/" },
  },
  {
    name: "report-is-the-top-of-core",
    comment: "core/report turns what was recorded and judged into what is said; neither may depend on how it is said.",
    from: { path: "^src/core/report/" },
    to: { path: "^src/", pathNot: "^src/core/" },
  },
  {
    name: "core-is-pure",
    comment:
      "core runs in the browser too: no Node module and no package. Take time, streams and randomness as parameters.",
    from: { path: "^src/core/", pathNot: TEST },
    to: { dependencyTypes: OUTSIDE },
  },
  {
    name: "files-know-base-only",
    comment: "src/files opens what is outside; it does not know what is read from it or written to it.",
    from: { path: "^src/files/" },
    to: { path: "^src/", pathNot: "^src/(files|core/base)/" },
  },
  {
    name: "in-knows-the-model-only",
    comment: "What reads bytes gives events; it does not know what becomes of them.",
    from: { path: "^src/in/" },
    to: { path: "^src/", pathNot: "^src/(in|files|core/(base|model))/" },
  },
  {
    name: "in-formats-are-strangers",
    comment:
      "A format is read without knowing another format or where its bytes come from; only in/sources puts them together. What two formats have alike is in in/fields.",
    from: { path: "^src/in/(?!sources/)([^/]+)/" },
    to: { path: "^src/in/", pathNot: "^src/in/($1|fields)/" },
  },
  {
    name: "out-knows-the-model-only",
    comment: "An output is a function of findings and snapshots; it does not know how they came about.",
    from: { path: "^src/out/" },
    to: { path: "^src/", pathNot: "^src/(out|files|core/(base|model))/" },
  },
  {
    name: "out-siblings-are-strangers",
    comment: "One kind of output can be changed or dropped without looking at the others.",
    from: { path: "^src/out/([^/]+)/" },
    to: { path: "^src/out/", pathNot: "^src/out/$1/" },
  },
  {
    name: "commands-are-the-top",
    comment: "Commands put the parts together; only main.ts runs them, and nothing runs main.ts.",
    from: { path: "^src/", pathNot: "^src/(commands/|main\\.ts$)" },
    to: { path: "^src/(commands/|main\\.ts$)" },
  },
  {
    name: "web-knows-core-only",
    comment:
      "The page runs in a browser: it reads what core says and what a page has in it, nothing of how either came about.",
    from: { path: "^web/", pathNot: TEST },
    to: { path: "^src/", pathNot: "^src/core/" },
  },
  {
    name: "nothing-knows-web",
    comment: "The engine hands the page's program on as a file; it never runs in the engine.",
    from: { path: "^src/" },
    to: { path: "^web/" },
  },
  {
    name: "tests-are-not-imported",
    comment: "A test file is run, never imported.",
    from: {},
    to: { path: TEST },
  },
  {
    name: "no-cycles",
    comment: "Files that need each other are one file, or share a third.",
    from: {},
    to: { circular: true },
  },
].map((rule) => ({ severity: "error", ...rule }));

export default {
  forbidden,
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    // Imports of types are dependencies too.
    tsPreCompilationDeps: true,
  },
};
