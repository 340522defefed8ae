import { isNotModified, type Namespace } from '@mountkit/core';
import { type FollowEvent, followFile } from '@mountkit/vfs';
import { exitCodes } from '../exit-code.ts';
import { complain, print, type Terminal } from '../terminal.ts';

const firstBytes = 64 * 1024;
const newline = 10;

/** How much of a file is shown, and whether it is followed. */
export interface TailOptions {
  readonly lines: number;
  readonly follow: boolean;
  readonly intervalMs: number;
}

/**
 * `mountkit tail [-n LINES] [-f] PATH`: the last lines of a file, and with -f what is appended to it, until Ctrl-C or until nobody reads standard output any more. A file that was
 * cut off or replaced is told on standard error and read from its first byte; trouble with the origin is told once and waited out.
 */
export async function tail(
  namespace: Namespace,
  path: string,
  { lines, follow, intervalMs }: TailOptions,
  terminal: Terminal,
): Promise<number> {
  const { signal } = terminal;
  const { bytes, end } = await lastLines(namespace, path, lines, signal);
  await print(terminal, bytes);
  if (!follow) return exitCodes.ok;
  const told = new Set<string>();
  const events = followFile(namespace, path, {
    offset: end,
    intervalMs,
    signal,
    onError: ({ message }) => {
      if (!told.has(message)) complain(terminal, `${message}; trying on`);
      told.add(message);
    },
  });
  for await (const event of events) {
    told.clear();
    if (event.kind === 'appended') await print(terminal, event.bytes);
    else complain(terminal, `'${path}' ${happened[event.kind]}`);
  }
  return exitCodes.ok;
}

const happened: Readonly<Record<Exclude<FollowEvent['kind'], 'appended'>, string>> = {
  truncated: 'was truncated: what follows is from its first byte',
  replaced: 'was replaced: what follows is the new file from its first byte',
  removed: 'is not there any more: waiting for it',
};

async function lastLines(
  namespace: Namespace,
  path: string,
  lines: number,
  signal: AbortSignal,
): Promise<{ readonly bytes: Uint8Array; readonly end: number }> {
  for (let suffix = firstBytes; ; suffix *= 4) {
    const found = await namespace.poll(path, { suffix, signal });
    if (isNotModified(found)) throw new TypeError('a condition nobody made was answered');
    const { bytes, start } = found;
    const from = startOfLines(bytes, lines);
    if (from !== undefined || start === 0) return { bytes: bytes.subarray(from ?? 0), end: start + bytes.length };
  }
}

/** Where the last lines start; undefined where there are fewer. A newline at the very end closes the last line. */
function startOfLines(bytes: Uint8Array, lines: number): number | undefined {
  if (lines === 0) return bytes.length;
  let from = bytes.length - 1;
  for (let left = lines; left > 0; left -= 1) {
    if (from <= 0) return undefined;
    from = bytes.lastIndexOf(newline, from - 1);
    if (from < 0) return undefined;
  }
  return from + 1;
}
