import { fork } from 'node:child_process';
import type { Traffic } from '../origin/target.ts';
import type { Said } from './parent.ts';

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

/** What a run is seen from. */
export interface Observer {
  /** Called before each phase. */
  begin(): Promise<unknown>;
  /** What the origin has seen of the phase. */
  traffic(): Promise<Traffic | undefined>;
}

/** A process to be run. */
export interface ContestantProcess {
  /** Its program's address without an ending. */
  readonly program: string;
  /** What it is told first. */
  readonly job: object;
  /** How many phases it has, unless it is wrong before. */
  readonly phases: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs one contestant at one workload in a process of its own. Never rejects for what that process does, and never outlives the timeout. */
export async function runOnce(
  { program, job, phases, env = process.env }: ContestantProcess,
  observer: Observer,
  { timeoutMs, warmUntilMs }: RunLimits,
): Promise<Outcome> {
  const child = fork(new URL(`${program}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`), {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
    env,
  });
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
      await observer.begin();
      child.send('go', () => undefined);
      return;
    }
    if (said.type !== 'done') {
      reason = said.type === 'failed' ? `failed: ${said.reason}` : said.reason;
      return;
    }
    const traffic = await observer.traffic();
    const phase = seen.length === 0 ? 'cold' : 'warm';
    if (!said.isRight) reason = `the ${phase} answer was wrong`;
    else if (traffic !== undefined) seen.push({ phase, ...said, traffic });
    if (seen.length === phases || !said.isRight) child.send('end', () => undefined);
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
