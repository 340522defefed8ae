import type { MaybePromise } from '@mountkit/core';
import { performance } from 'node:perf_hooks';

/** What a command gave. */
export interface Outcome {
  readonly stdout: Uint8Array;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Counts what crosses the wire. */
export interface Meter {
  reset(): void;
  read(): MaybePromise<{ readonly requests: number; readonly bytesMoved: number }>;
}

/** Shows commands and what they cost. */
export interface Stage {
  say(text: string): void;
  /** Runs one command, prints it, its first lines and its cost, and whether `isRight` holds of what it gave. */
  show(command: string, perform: () => Promise<Outcome>, isRight: (outcome: Outcome) => boolean): Promise<void>;
  /** How many commands gave something else than they should have. */
  readonly wrong: number;
}

const firstLines = 4;
const width = 110;

/** A stage that prints through `write`; costs are what the meter counts, against the bytes of all that could have been moved. */
export function createStage(
  write: (text: string) => void,
  meter: Meter,
  wholeBytes: () => number,
  prompt: '$' | '>' = '$',
): Stage {
  let wrong = 0;
  return {
    get wrong(): number {
      return wrong;
    },
    say: (text) => write(`${text}\n`),
    async show(command, perform, isRight) {
      meter.reset();
      const started = performance.now();
      const outcome = await perform();
      const elapsedMs = Math.round(performance.now() - started);
      const right = isRight(outcome);
      if (!right) wrong += 1;
      const { requests, bytesMoved } = await meter.read();
      write(`\n${prompt} ${command}\n${excerpt(Buffer.from(outcome.stdout).toString())}${indent(outcome.stderr)}`);
      const bytes = `${grouped(bytesMoved)} of ${grouped(wholeBytes())} bytes moved`;
      const verdict = right ? 'right bytes' : 'WRONG BYTES';
      write(`  -- ${verdict}, ${requests} ${requests === 1 ? 'request' : 'requests'}, ${bytes}, ${elapsedMs} ms\n`);
    },
  };
}

function excerpt(text: string): string {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const more = lines.length > firstLines ? [`... ${lines.length - firstLines} more lines`] : [];
  return indent([...lines.slice(0, firstLines), ...more].map((line) => cut(line)).join('\n'));
}

function cut(line: string): string {
  return line.length > width ? `${line.slice(0, width - 3)}...` : line;
}

function indent(text: string): string {
  return text === '' ? '' : `${text.replace(/\n$/, '').replace(/^/gm, '  ')}\n`;
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
