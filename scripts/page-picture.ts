/**
 * Takes a picture of a page in a file, as a browser of this width and height shows it.
 *
 * Usage: node scripts/page-picture.ts PAGE.html PICTURE.png light|dark VIEW, which is what an address has after its #
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launchBrowser, openPage } from "../e2e/browser.ts";

const VIEWPORT = { width: 1320, height: 1190 };

const [file = "", picture = "", colours = "light", view = ""] = process.argv.slice(2);
const browser = await launchBrowser();
const address = `${pathToFileURL(resolve(file)).href}#${view}`;
const { page } = await openPage(browser, address, {
  viewport: VIEWPORT,
  colorScheme: colours === "dark" ? "dark" : "light",
});
// What is drawn last.
await page.waitForSelector("#view > *");
await page.screenshot({ path: picture });
await browser.close();
