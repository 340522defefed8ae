import { printable } from '@mountkit/core';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** What the command touches of the process it runs in. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires at the first Ctrl-C that nobody else takes, and when nobody reads standard output any more ({@link readerLeft}). */
  readonly signal: AbortSignal;
  /** Takes the next Ctrl-C's until the function it gives back is called. */
  onInterrupt(handler: () => void): () => void;
}

/** Why {@link Terminal.signal} fired where it was no Ctrl-C: whoever read standard output has gone. */
export const readerLeft: DOMException = new DOMException('the reader of standard output has gone', 'AbortError');

/** Writes to standard output and waits where the reader is slow. A reader that has gone (`| head`) is no error. */
export async function print(terminal: Terminal, data: string | Uint8Array): Promise<void> {
  const { stdout, signal } = terminal;
  if (data.length === 0 || stdout.destroyed || !stdout.writable) return;
  if (stdout.write(data)) return;
  await Promise.race([once(stdout, 'drain', { signal }), once(stdout, 'close', { signal })]).catch(() => undefined);
}

/** A name as standard output takes it: as it is, but on a terminal without what that would obey. */
export function shownName({ stdout }: Pick<Terminal, 'stdout'>, name: string): string {
  return stdout.isTTY === true ? printable(name) : name;
}

/** A value as JSON, ready to be printed: what a terminal would obey is escaped, and is the same when it is read. */
export function jsonText(value: unknown, replacer?: (key: string, value: unknown) => unknown): string {
  const json = JSON.stringify(value, replacer, 2);
  return `${json.replaceAll(/[\u007f-\u009f]/g, (control) => `\\u00${control.charCodeAt(0).toString(16)}`)}\n`;
}

/** One line on standard error, with the name of the command before it. */
export function complain(terminal: Terminal, message: string): void {
  terminal.stderr.write(`mountkit: ${message}\n`);
}

/** Everything on standard input, as it is. */
export async function readInput(terminal: Terminal): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of terminal.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString();
}
