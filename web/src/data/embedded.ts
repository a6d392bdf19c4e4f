import { PAGE_DATA_ID, PAGE_SCHEMA, type PageData } from "../../../src/core/model/page.ts";

/** What is written in the page itself; null: nothing is, so that its server has to be asked. */
export async function embeddedPage(document: Document): Promise<PageData | null> {
  const text = document.getElementById(PAGE_DATA_ID)?.textContent;
  return text ? await unpacked(text) : null;
}

/** What another page has in it, by its text. Throws an Error that says what is wrong with it. */
export async function pageOfText(html: string): Promise<PageData> {
  const data = await embeddedPage(new DOMParser().parseFromString(html, "text/html"));
  if (data === null) throw new Error("it is not a page of tt-memwatch with its data inside");
  return data;
}

async function unpacked(base64: string): Promise<PageData> {
  const stream = new Blob([bytesOf(base64)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return checked(await new Response(stream).json());
}

/** By index: calling a function for each of a few million takes a tenth of a second. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const characters = atob(base64.trim());
  const bytes = new Uint8Array(characters.length);
  for (let index = 0; index < characters.length; index++) bytes[index] = characters.charCodeAt(index);
  return bytes;
}

/** A page is read by the program of its own version only. */
export function checked(data: { readonly schema?: unknown }): PageData {
  if (data.schema !== PAGE_SCHEMA)
    throw new Error(`another version of tt-memwatch wrote it (${String(data.schema)}, not ${PAGE_SCHEMA})`);
  return data as PageData;
}
