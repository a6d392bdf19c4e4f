import { useEffect } from "preact/hooks";
import { isBegun, shown } from "../state/store.ts";
import { Detail } from "./cause-detail.tsx";
import { Causes } from "./causes.tsx";
import { Caveats, Header, Verdict } from "./header.tsx";
import { Help } from "./help.tsx";
import { RunningNow } from "./running-now.tsx";
import { Tabs } from "./tabs.tsx";
import { Timeline } from "./timeline.tsx";

/** The workbench: one run, one selection, one cursor in time. */
export function Page() {
  return shown.value === null ? <p class="empty">Reading what was watched…</p> : <Workbench />;
}

function Workbench() {
  useEffect(drawTheRest, []);
  return (
    <>
      <Header />
      <main>
        <Verdict />
        <RunningNow />
        <Caveats />
        <Timeline />
        <div class="workbench">
          <Causes />
          <Detail />
        </div>
        <Tabs />
      </main>
      <Help />
    </>
  );
}

/** An effect comes when the browser has shown what was drawn before it; it takes what somebody did meanwhile first. */
function drawTheRest(): void {
  performance.mark(PICTURE_MARK);
  setTimeout(() => {
    isBegun.value = true;
  });
}

/** When the page showed its first picture, for whoever measures it. */
const PICTURE_MARK = "tt-memwatch picture";
