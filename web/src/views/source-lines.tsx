import { shown } from "../state/store.ts";

/** The lines around one that is named, where its file was at hand. */
export function SourceLines({ file, line }: { readonly file: string; readonly line: number }) {
  const snippet = shown.value?.snippets.get(`${file}:${line}`);
  if (snippet === undefined) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <figure class="source" tabIndex={0} aria-label={`${file}, line ${line}`}>
      <figcaption>{file}</figcaption>
      <pre>
        {snippet.lines.map((text, index) => {
          const number = snippet.firstLine + index;
          return (
            <span key={number} class={number === line ? "here" : undefined}>
              <span class="number">
                {number === line ? "▸ " : "  "}
                {String(number).padStart(4)}
              </span>{" "}
              {text}
              {"\n"}
            </span>
          );
        })}
      </pre>
    </figure>
  );
}
