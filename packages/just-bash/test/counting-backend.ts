import type { FsBackend } from '@mountkit/core';

type Verb = 'stat' | 'list' | 'read';

/** A backend that writes down each call of a verb, e.g. 'read /a'. */
export interface CountingBackend extends FsBackend {
  readonly calls: readonly string[];
  /** How often a verb was called since the last time this was asked. */
  take(verb: Verb): number;
}

/** Counts what is asked of `backend`; `before` runs first and may wait or throw. */
export function countCalls(
  backend: FsBackend,
  before?: (verb: Verb, path: string) => Promise<void> | void,
): CountingBackend {
  const calls: string[] = [];
  const taken = { stat: 0, list: 0, read: 0 };
  const note = (verb: Verb, path: string): Promise<void> | void => {
    calls.push(`${verb} ${path}`);
    return before?.(verb, path);
  };
  const call = <T>(verb: Verb, path: string, ask: () => T): T => {
    const waiting = note(verb, path);
    return waiting === undefined ? ask() : (waiting.then(ask) as T);
  };
  return {
    ...backend,
    calls,
    take: (verb) => {
      const all = calls.filter((line) => line.startsWith(`${verb} `)).length;
      const fresh = all - taken[verb];
      taken[verb] = all;
      return fresh;
    },
    stat: (path, request, context) => call('stat', path, () => backend.stat(path, request, context)),
    list: (path, request, context) => call('list', path, () => backend.list(path, request, context)),
    read: (path, request, context) => call('read', path, () => backend.read(path, request, context)),
  };
}
