import { fork } from 'node:child_process';
import type { OriginAnswer, OriginCommand } from '../origin/main.ts';
import type { Traffic } from '../origin/target.ts';
import type { Job, Said } from './child.ts';

/** One phase as it was seen: by the contestant's process and by the origin. */
export interface Seen {
  readonly phase: 'cold' | 'warm';
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
  readonly peakMemoryBytes: number;
  readonly traffic: Traffic;
}

/** What became of a run: the phases that were right, and why there are no more. */
export interface Outcome {
  readonly seen: readonly Seen[];
  readonly reason?: string;
}

/** How a run is bounded. */
export interface RunLimits {
  /** The process is ended after so long, whatever it does. */
  readonly timeoutMs: number;
  /** Who took longer from nothing is not run once more. */
  readonly warmUntilMs: number;
}

/** Runs one contestant at one workload in a process of its own. Never rejects for what that process does, and never outlives the timeout. */
export async function runOnce(
  job: Job,
  ask: (command: OriginCommand) => Promise<OriginAnswer>,
  { timeoutMs, warmUntilMs }: RunLimits,
): Promise<Outcome> {
  const program = new URL(`child${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
  const child = fork(program, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
  const complaints: string[] = [];
  child.stderr?.on('data', (piece: Buffer) => complaints.push(piece.toString()));
  const seen: Seen[] = [];
  let reason: string | undefined;
  let isOver = false;
  const timer = setTimeout(() => {
    reason = `not done after ${timeoutMs / 1000} s`;
    child.kill('SIGKILL');
  }, timeoutMs);

  const take = async (said: Said): Promise<void> => {
    if (said.type === 'ready') {
      const slow = seen.find(({ milliseconds }) => milliseconds > warmUntilMs);
      if (slow !== undefined) {
        child.kill('SIGKILL');
        return;
      }
      await ask({ type: 'reset', kind: job.origin });
      child.send('go', () => undefined);
      return;
    }
    if (said.type !== 'done') {
      reason = said.type === 'failed' ? `failed: ${said.reason}` : said.reason;
      return;
    }
    const { traffic } = await ask({ type: 'traffic', kind: job.origin });
    const phase = seen.length === 0 ? 'cold' : 'warm';
    if (!said.isRight) reason = `the ${phase} answer was wrong`;
    else if (traffic !== undefined) seen.push({ phase, ...said, traffic });
    const last = job.contestant === 'limit' || phase === 'warm' || !said.isRight;
    if (last) child.send('end', () => undefined);
  };

  const closed = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  let queue = Promise.resolve();
  child.on('message', (said: Said) => {
    queue = queue
      .then(() => (isOver ? undefined : take(said)))
      .catch((error: unknown) => {
        reason ??= String(error);
        child.kill('SIGKILL');
      });
  });
  child.send(job, () => undefined);
  await closed;
  isOver = true;
  clearTimeout(timer);
  await queue;
  const complaint = complaints
    .join('')
    .split('\n')
    .find((line) => /Error/.test(line));
  if (seen.length === 0) reason ??= `ended early${complaint === undefined ? '' : `: ${complaint}`}`;
  return { seen, ...(reason !== undefined && { reason }) };
}
