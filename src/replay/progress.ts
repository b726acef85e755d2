import { canShowProgress, newProgressBar } from "../output/progress-bar.ts";
import { visibleLine } from "../text/visible-text.ts";

/** Smaller files are read too quickly for a bar. */
const MIN_BYTES = 8 << 20;

interface Progress {
  begin(name: string): void;
  /** Bytes read so far of the current recording. */
  update(bytes: number): void;
  end(): void;
}

const NONE: Progress = { begin() {}, update() {}, end() {} };

/** A bar over all files on standard error; none when that is no terminal, or the files are small. */
export async function readingProgress(sizes: readonly number[]): Promise<Progress> {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (!canShowProgress() || total < MIN_BYTES) return NONE;
  const bar = await newProgressBar("{bar} {percentage} % of {megabytes} MB, {eta_formatted} left  {name}");
  const megabytes = Math.round(total / 1e6);
  let before = 0;
  let current = 0;
  bar.start(total, 0, { name: "", megabytes });
  return {
    begin(name) {
      before += current;
      current = 0;
      bar.update(before, { name: visibleLine(name) });
    },
    update(bytes) {
      current = bytes;
      bar.update(before + bytes);
    },
    end: () => bar.stop(),
  };
}

/** A bar over the span pairs in the queue, on a terminal. */
export async function sendingProgress(
  destination: string,
): Promise<{ update(done: number, all: number): void; end(): void }> {
  if (!canShowProgress()) return { update() {}, end() {} };
  const bar = await newProgressBar(`{bar} {value} of {total} span pairs sent to ${visibleLine(destination)}`);
  bar.start(0, 0);
  return {
    update(done, all) {
      bar.setTotal(all);
      bar.update(done);
    },
    end: () => bar.stop(),
  };
}
