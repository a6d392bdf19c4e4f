import { useLayoutEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { useWidth } from "./use-width.ts";

/** Options of a plot without its width, which is that of its place. */
export type PlotOptions = Omit<uPlot.Options, "width">;

/**
 * A plot that is as wide as its place. It is made anew when `key` changes, and only drawn anew with other data.
 * `ref`: of the element that it is put into.
 */
export function usePlot(key: string, optionsOf: () => PlotOptions, data: uPlot.AlignedData) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const plot = useRef<uPlot | null>(null);
  useLayoutEffect(() => {
    if (ref.current === null || width === 0) return;
    const made = new uPlot({ ...optionsOf(), width }, data, ref.current);
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [key, width > 0]);
  useLayoutEffect(() => {
    const now = plot.current;
    if (now !== null && width > 0 && now.width !== width) now.setSize({ width, height: now.height });
  }, [width]);
  useLayoutEffect(() => plot.current?.setData(data), [data]);
  return { ref, plot };
}
