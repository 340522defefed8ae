import { inspect } from 'node:util';
import { type Clock, type FsError, isFsError } from '@mountkit/core';
import type { History, PastVersion } from './history.ts';
import { canary } from './shifting-origin.ts';

/** How long attributes are believed in a scenario, in milliseconds. */
export const ttlMs = 5_000;
/** What an answer may have waited for on its way: retries, a listing's other pages. */
export const slackMs = 60_000;

/** Says of answers and errors whether they may be. */
export interface Verdicts {
  /** Everything that must not be, in words. */
  readonly problems: string[];
  /** How often each kind of end was met. */
  readonly ends: Map<string, number>;
  /** Looks for secrets in what is told. */
  noteText(text: string): void;
  count(end: string): void;
  /** The versions whose bytes from `offset` on these are. */
  matches(path: string, offset: number, length: number, bytes: Uint8Array): readonly PastVersion[];
  /** Of the versions an answer may be of, one has to have been there not long ago. */
  checkFresh(what: string, path: string, found: readonly PastVersion[], startedMs: number): void;
  /** @param mayEnd whether somebody has given up, or taken the mount away. */
  checkError(what: string, path: string, error: unknown, startedMs: number, mayEnd: boolean): void;
}

/** {@link Verdicts} by the history of the files. */
export function createVerdicts(history: History, stale: boolean, clock: Clock): Verdicts {
  const problems: string[] = [];
  const ends = new Map<string, number>();

  function noteText(text: string): void {
    if (text.includes(canary)) problems.push(`a secret shows: ${text.slice(0, 300)}`);
  }

  function count(end: string): void {
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }

  function matches(path: string, offset: number, length: number, bytes: Uint8Array): readonly PastVersion[] {
    return history.versions(path).filter((version) => {
      const expected = version.bytes.subarray(offset, offset + length);
      return expected.byteLength === bytes.byteLength && Buffer.compare(expected, bytes) === 0;
    });
  }

  function checkFresh(what: string, path: string, found: readonly PastVersion[], startedMs: number): void {
    if (found.length === 0) {
      problems.push(`${what}: bytes of no version of ${path}`);
      return;
    }
    if (stale || found.some(({ toMs }) => toMs >= startedMs - ttlMs - slackMs)) return;
    problems.push(`${what}: ${path} as it was ${startedMs - Math.max(...found.map(({ toMs }) => toMs))} ms ago`);
  }

  function checkError(what: string, path: string, error: unknown, startedMs: number, mayEnd: boolean): void {
    if (!isFsError(error)) {
      problems.push(`${what} ${path}: ${inspect(error)}`);
      return;
    }
    noteText(`${error.message} ${JSON.stringify(error)} ${inspect(error, { depth: 9, showHidden: true })}`);
    count(`${error.code}${error.reason === undefined ? '' : ` ${error.reason}`}`);
    const fault = faultOf(error, path, startedMs, mayEnd);
    if (fault !== undefined) problems.push(`${what} ${path}: ${fault}: ${error.message} ${inspect(error.cause)}`);
  }

  function faultOf(
    { code, reason, cause }: FsError,
    path: string,
    startedMs: number,
    mayEnd: boolean,
  ): string | undefined {
    if (cause instanceof TypeError || cause instanceof RangeError) return 'a slip in the code';
    switch (code) {
      case 'ECANCELED':
      case 'EBADF':
        return mayEnd ? undefined : 'nobody gave up';
      case 'ENOENT': {
        const isThere =
          history.paths.includes(path) && !history.wasAbsent(path, startedMs - ttlMs - slackMs, clock.now());
        return isThere && !stale ? 'it was there all the time' : undefined;
      }
      case 'EIO':
        return reason === undefined ? 'no reason' : undefined;
      case 'ETIMEDOUT':
      case 'ESTALE':
      case 'EACCES':
        return undefined;
      default:
        return 'not to be expected';
    }
  }

  return { problems, ends, noteText, count, matches, checkFresh, checkError };
}
