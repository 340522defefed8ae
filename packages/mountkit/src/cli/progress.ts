import type { Terminal } from './terminal.ts';

/** Shows how far a long piece of work is. */
export interface Progress {
  /** `bytes` more have been done. */
  advance(bytes: number): void;
  stop(): void;
}

/** A bar on standard error where that is a terminal; elsewhere nothing is shown. */
export async function startProgress(terminal: Terminal, totalBytes: number): Promise<Progress> {
  if (terminal.stderr.isTTY !== true) return { advance: () => undefined, stop: () => undefined };
  const { Presets, SingleBar } = (await import('cli-progress')).default;
  const bar = new SingleBar(
    { stream: terminal.stderr, format: '{bar} {percentage}% {megabytes} of {totalMegabytes} MB' },
    Presets.shades_classic,
  );
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  let done = 0;
  bar.start(totalBytes, 0, { megabytes: megabytes(0), totalMegabytes: megabytes(totalBytes) });
  return {
    advance(bytes) {
      done += bytes;
      bar.update(done, { megabytes: megabytes(done) });
    },
    stop: () => bar.stop(),
  };
}
