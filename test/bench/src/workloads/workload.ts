import type { Contestant, Files } from '../contestants/contestant.ts';
import type { Wire } from '../contestants/wire.ts';
import type { Target } from '../origin/target.ts';
import type { Scale } from '../scale.ts';

/** Something to do with a remote tree. Whoever does it, the answer has to be the same. */
export interface Workload {
  readonly id: string;
  readonly title: string;
  readonly origin: 'github' | 'http';
  /** In a shell with the fixtures at /w; left out where a shell has no words for it. */
  readonly shell?: {
    command(scale: Scale): string;
    /** How often at once. @default 1 */
    readonly times?: number;
    /** The answer in what the command printed. */
    answer(stdout: string): string;
  };
  /** By an API. */
  files(files: Files, scale: Scale): Promise<string>;
  /** At the limit of the protocol, by somebody who knows in advance what will be needed. */
  limit(wire: Wire, target: Target): Promise<string>;
  /** The right answer. */
  expected(scale: Scale): string;
  /** Bytes of content that the answer needs; left out where the raw loop is the measure. */
  readonly neededBytes?: (scale: Scale) => number;
}

/** What an API cannot do at all. */
export class NotPossible extends Error {}

/** Does a workload once. */
export async function perform(
  workload: Workload,
  contestant: Contestant,
  subject: { readonly files?: Files; readonly shell?: (command: string) => Promise<string> },
  wire: Wire,
  target: Target,
): Promise<string> {
  const { scale } = target;
  if (contestant.side === 'limit') return workload.limit(wire, target);
  const { shell } = workload;
  if (subject.shell !== undefined && shell !== undefined) {
    const run = subject.shell;
    const outputs = await Promise.all(Array.from({ length: shell.times ?? 1 }, () => run(shell.command(scale))));
    return outputs.map((output) => shell.answer(output)).join(' ');
  }
  if (subject.files === undefined) throw new NotPossible('has no API for it');
  return workload.files(subject.files, scale);
}
