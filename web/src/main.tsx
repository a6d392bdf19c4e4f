import { render } from "preact";
import type { PageData } from "../../src/core/model/page.ts";
import { embeddedPage } from "./data/embedded.ts";
import { ServedPage } from "./data/served.ts";
import { shownRun } from "./data/shown-run.ts";
import { onKey } from "./state/keyboard-shortcuts.ts";
import { bindAddress } from "./state/page-address.ts";
import { connection, moment, shown } from "./state/store.ts";
import { bindTheme } from "./state/theme.ts";
import { Page } from "./views/page.tsx";

const root = document.getElementById("page");
if (root === null) throw new Error("the page has no place for its program");
bindAddress(window);
bindTheme(document);
document.addEventListener("keydown", onKey);
root.replaceChildren();
render(<Page />, root);
const embedded = await embeddedPage(document);
if (embedded !== null) shown.value = shownRun(embedded);
else follow();

function follow(): void {
  const show = (page: PageData): void => {
    shown.value = shownRun(page);
    document.title = `tt-memwatch: ${page.run.headline}`;
  };
  new ServedPage({
    onPage: show,
    onNow: (now) => (moment.value = now),
    onLive: () => (connection.value = { kind: "live" }),
    onRead: (percent) => (connection.value = { kind: "reading", percent }),
    onLost: () => (connection.value = { kind: "lost" }),
    onEnded: () => (connection.value = { kind: "ended" }),
  }).open();
}
