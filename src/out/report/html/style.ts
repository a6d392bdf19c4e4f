/** The page's style sheet: follows the reader's light or dark, and fits a phone as well as a wall. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #1a2230; --quiet: #5b6676; --rule: #dde2ea;
  --bad: #b3261e; --bad-soft: #fbe9e7; --warn: #8a5300; --warn-soft: #fdf1dc; --good: #1b6e3c; --good-soft: #e3f4e9;
  --DRAM: #2f62c9; --L1: #0c7c86; --L1_SMALL: #7a45b8; --TRACE: #a85b0b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161d; --card: #1a2029; --text: #e4e9f1; --quiet: #9aa6b6; --rule: #303947;
    --bad: #ff8a80; --bad-soft: #3a1f1f; --warn: #f2bd66; --warn-soft: #372a14; --good: #7fd49b; --good-soft: #16301f;
    --DRAM: #7ea6ff; --L1: #54c6d0; --L1_SMALL: #c09af0; --TRACE: #f0a65a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header, main { max-width: 70rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.5rem; }
code, pre { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .9em; }
code { overflow-wrap: anywhere; }
h1 { margin: .1rem 0 .5rem; font-size: clamp(1.5rem, 4.5vw, 2.3rem); line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.3rem; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
small, .quiet, caption, figcaption, .legend { color: var(--quiet); }
.product { margin: 0; color: var(--quiet); font-weight: 600; letter-spacing: .04em; }
.sign { display: inline-block; min-width: 1.5em; border-radius: .3em; text-align: center; }
.fails .sign { background: var(--bad-soft); color: var(--bad); }
.nothing-checked .sign, .incomplete .sign { background: var(--warn-soft); color: var(--warn); }
.clean .sign { background: var(--good-soft); color: var(--good); }
header > p code { padding: .15rem .4rem; border-radius: .3rem; background: var(--card); border: 1px solid var(--rule); }

dl { margin: .5rem 0; }
dl > div { display: grid; grid-template-columns: 7rem 1fr; gap: .75rem; padding: .1rem 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .75rem; margin: 1.25rem 0 0; }
.figures > div { display: block; padding: .8rem 1rem; border-radius: .6rem; background: var(--card); border: 1px solid var(--rule); }
.figures strong { display: block; font-size: 1.25rem; line-height: 1.35; }

.shortages li { margin: .6rem 0; overflow-wrap: anywhere; }
.shortages pre { margin: .3rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.notices ul { margin: 0; padding: 0; list-style: none; }
.notices li { margin: .4rem 0; padding: .6rem .9rem; border-left: .3rem solid var(--warn); border-radius: .3rem; background: var(--warn-soft); overflow-wrap: anywhere; }

.scroll { overflow-x: auto; }
.tall { max-height: 40rem; overflow-y: auto; border: 1px solid var(--rule); border-radius: .6rem; background: var(--card); }
:focus-visible { outline: 3px solid var(--DRAM); outline-offset: 2px; }

figure { margin: 0 0 1rem; padding: .75rem 1rem .5rem; border-radius: .6rem; background: var(--card); border: 1px solid var(--rule); }
figcaption { font-weight: 600; }
figure svg { display: block; width: 100%; min-width: 36rem; height: auto; }
figure.DRAM { --line: var(--DRAM); } figure.L1 { --line: var(--L1); }
figure.L1_SMALL { --line: var(--L1_SMALL); } figure.TRACE { --line: var(--TRACE); }
figure.host { --line: var(--quiet); }
.area { fill: var(--line); opacity: .15; }
.line { fill: none; stroke: var(--line); stroke-width: 2; stroke-linejoin: round; }
.grid { stroke: var(--rule); }
.tick, .number { font-size: 12px; fill: var(--quiet); }
.number { fill: var(--bad); font-weight: 700; }
.strip { fill: var(--line); opacity: 0; }
.strip:hover { opacity: .18; }
.mark { stroke: var(--card); stroke-width: 1; }
.mark.fails { fill: var(--bad); }
.mark.passes { fill: var(--card); stroke: var(--quiet); stroke-width: 1.5; }
.key { width: 1rem; height: 1rem; vertical-align: -.15rem; }

details.finding { margin: .5rem 0; padding: .6rem 1rem; border: 1px solid var(--rule); border-left-width: .35rem; border-radius: .6rem; background: var(--card); }
details.finding.fails { border-left-color: var(--warn); }
details.finding.fails.leak { border-left-color: var(--bad); }
details.finding:target { outline: 3px solid var(--DRAM); }
details.others > summary { padding: .4rem 0; color: var(--quiet); }
summary { cursor: pointer; }
.finding > summary { display: flex; flex-wrap: wrap; gap: .2rem .75rem; align-items: baseline; list-style: none; }
.finding > summary::-webkit-details-marker { display: none; }
.finding > summary::before { content: "▸"; color: var(--quiet); }
.finding[open] > summary::before { content: "▾"; }
.finding .test { flex: 1 1 16rem; }
.growth { font-weight: 700; white-space: nowrap; }
.device { color: var(--quiet); white-space: nowrap; }
.verdict { padding: .05rem .5rem; border-radius: 1rem; border: 1px solid currentColor; font-size: .8rem; font-weight: 600; white-space: nowrap; text-decoration: none; color: var(--quiet); }
.fails > summary .verdict, a.verdict.fails { color: var(--warn); background: var(--warn-soft); }
.fails.leak > summary .verdict, a.verdict.fails.leak { color: var(--bad); background: var(--bad-soft); }

table { width: 100%; border-collapse: collapse; font-size: .92rem; }
caption { padding: .5rem .6rem; text-align: left; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
thead th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
.tall thead th { position: sticky; top: 0; background: var(--card); box-shadow: inset 0 -1px var(--rule); border: 0; }
tbody th { font-weight: 400; }
.tall tbody th { width: 38%; min-width: 16rem; }
.amount { text-align: right; white-space: nowrap; }
.held, td > code { white-space: nowrap; }
pre { margin: 0; padding: 1rem; border-radius: .6rem; background: var(--card); border: 1px solid var(--rule); line-height: 1.35; width: max-content; min-width: 100%; }
main { padding-bottom: 4rem; }

@media (max-width: 34rem) {
  dl > div { grid-template-columns: 1fr; gap: 0; padding: .3rem 0; }
  details.finding { padding: .5rem .7rem; }
  .tall tbody th { min-width: 11rem; }
}
@media print {
  body { background: none; font-size: 11px; }
  .tall { max-height: none; border: 0; }
}
`;
