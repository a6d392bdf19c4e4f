import { PAGE_DATA_ID, PAGE_SCHEMA, type PageData } from "../../../src/core/model/page.ts";

/** What is written in the page itself; null: nothing is, so that its server has to be asked. */
export async function embeddedPage(document: Document): Promise<PageData | null> {
  const text = document.getElementById(PAGE_DATA_ID)?.textContent;
  return text ? await unpacked(text) : null;
}

/** What another page has in it, by its text. Throws an Error that says what is wrong with it. */
export async function pageOfText(html: string): Promise<PageData> {
  const data = await embeddedPage(new DOMParser().parseFromString(html, "text/html"));
  if (data === null) throw new Error("it is no page of tt-memwatch with its data inside");
  return data;
}

async function unpacked(base64: string): Promise<PageData> {
  const bytes = Uint8Array.from(atob(base64.trim()), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return checked(await new Response(stream).json());
}

/** A page is read by the program of its own version only. */
export function checked(data: { readonly schema?: unknown }): PageData {
  if (data.schema !== PAGE_SCHEMA)
    throw new Error(`another version of tt-memwatch wrote it (${String(data.schema)}, not ${PAGE_SCHEMA})`);
  return data as PageData;
}
