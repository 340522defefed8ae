import type { SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.ts';

/** How much there is to do. */
export interface Amount {
  readonly bytes: number;
  readonly files: number;
}

/** Shows how far a long piece of work is. */
export interface Progress {
  /** `bytes` more have been done. */
  advance(bytes: number): void;
  /** One more file is whole. */
  fileDone(): void;
  stop(): void;
}

/** A bar on standard error where that is a terminal; elsewhere nothing is shown. */
export async function startProgress(terminal: Pick<Terminal, 'stderr'>, total: Amount): Promise<Progress> {
  const nothing = (): void => undefined;
  if (terminal.stderr.isTTY !== true) return { advance: nothing, fileDone: nothing, stop: nothing };
  const bar = await createBar(terminal, '{bar} {percentage}% {what}');
  const amountOf = bytesIn(total.bytes);
  let bytes = 0;
  let files = 0;
  const payload = (): { readonly what: string } => ({
    what: `${amountOf(bytes)} of ${amountOf(total.bytes)}${total.files === 1 ? '' : `, ${files} of ${total.files} files`}`,
  });
  // By files where these have no bytes.
  const counts = (): number => (total.bytes === 0 ? files : bytes);
  bar.start(total.bytes === 0 ? total.files : total.bytes, 0, payload());
  const update = (): void => bar.update(counts(), payload());
  return {
    advance(more) {
      bytes += more;
      update();
    },
    fileDone() {
      files += 1;
      update();
    },
    stop: () => bar.stop(),
  };
}

/** Shows how many of some steps are done. */
export interface StepProgress {
  to(done: number, total: number): void;
  stop(): void;
}

/** A bar of steps of one kind, on standard error where that is a terminal; elsewhere nothing is shown. */
export async function startStepProgress(terminal: Pick<Terminal, 'stderr'>, what: string): Promise<StepProgress> {
  if (terminal.stderr.isTTY !== true) return { to: () => undefined, stop: () => undefined };
  const bar = await createBar(terminal, `{bar} {value} of {total} ${what}`);
  bar.start(1, 0);
  return {
    to(done, total) {
      bar.setTotal(total);
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}

async function createBar({ stderr }: Pick<Terminal, 'stderr'>, format: string): Promise<SingleBar> {
  const { Presets, SingleBar: Bar } = (await import('cli-progress')).default;
  return new Bar({ stream: stderr, format, barsize: 30 }, Presets.shades_classic);
}

/** Writes bytes in the unit that suits `most` of them. */
function bytesIn(most: number): (bytes: number) => string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, most)) / 3));
  return (bytes) => `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}
