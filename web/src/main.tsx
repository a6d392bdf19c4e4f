import { render } from "preact";
import { embeddedPage } from "./data/embedded.ts";
import { shownRun } from "./data/page-run.ts";
import { bindAddress } from "./state/address.ts";
import { onKey } from "./state/keys.ts";
import { shown } from "./state/store.ts";
import { Page } from "./views/page.tsx";

const root = document.getElementById("page");
if (root === null) throw new Error("the page has no place for its program");
bindAddress(window);
document.addEventListener("keydown", onKey);
root.replaceChildren();
render(<Page />, root);
const embedded = await embeddedPage(document);
if (embedded !== null) shown.value = shownRun(embedded);
