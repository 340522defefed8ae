import {
  type CallOptions,
  isWithin,
  joinPath,
  onAbort,
  rebasePath,
  relativePath,
  type WatchEvent,
} from '@mountkit/core';
import { checkOptions } from './call.ts';
import type { Held } from './lifetime.ts';
import type { MountPoint } from './mount-point.ts';
import { innerPath, type Scope } from './scope.ts';

// A watcher that does not read on is told once that anything may have changed, instead of everything that did.
const mostQueued = 1024;

/**
 * Changes at and below `path`: mounts, unmounts, replacements and new revisions as 'generation', and what the backends tell. It starts at once and ends when the
 * signal fires, when nobody iterates any more, or when the filesystem closes.
 */
export function watchPath(scope: Scope, path: string, options: CallOptions = {}): AsyncIterable<WatchEvent> {
  const { space, prefix } = scope;
  checkOptions(options, 'watch', path);
  scope.lifetime.check('watch', path);
  space.lifetime.check('watch', path);
  const watched = innerPath(scope, path, 'watch');
  const queue = createQueue({ path: rebasePath(watched, prefix, '/'), kind: 'generation' });
  const sources = new Map<MountPoint, AbortController>();
  const lifetimes = [scope.lifetime, space.lifetime];

  function tell(event: WatchEvent): void {
    if (event.kind === 'generation' && isWithin(watched, event.path))
      queue.push({ path: rebasePath(watched, prefix, '/'), kind: event.kind });
    else if (isWithin(event.path, watched)) queue.push({ path: rebasePath(event.path, prefix, '/'), kind: event.kind });
  }

  function start(point: MountPoint): void {
    const stop = new AbortController();
    const local = isWithin(watched, point.path) ? rebasePath(watched, point.path, '/') : '/';
    const changes = point.source.watch(local, stop.signal);
    if (changes === undefined) return;
    sources.set(point, stop);
    // The source may end by itself, mounted here or not.
    const ending: Held = { end: () => stop.abort() };
    point.source.lifetime?.hold(ending);
    stop.signal.addEventListener('abort', () => point.source.lifetime?.drop(ending), { once: true });
    void (async (): Promise<void> => {
      for await (const event of changes) {
        if (stop.signal.aborted) return;
        tell({ ...event, path: joinPath(point.path, relativePath(event.path, '/')) });
      }
    })().catch(() => undefined);
  }

  function follow(): void {
    const shown = scope.table().points.filter(({ path: at }) => isWithin(at, watched) || isWithin(watched, at));
    for (const [point, stop] of sources) {
      if (shown.includes(point)) continue;
      stop.abort();
      sources.delete(point);
    }
    for (const point of shown) if (!sources.has(point)) start(point);
  }

  const onEvent = (event: WatchEvent): void => {
    follow();
    tell(event);
  };

  let unfollow: (() => void) | undefined;
  function end(): void {
    space.listeners.delete(onEvent);
    for (const lifetime of lifetimes) lifetime.drop(held);
    unfollow?.();
    for (const stop of sources.values()) stop.abort();
    sources.clear();
    queue.end();
  }
  const held: Held = { end };

  if (options.signal?.aborted === true) queue.end();
  else {
    space.listeners.add(onEvent);
    for (const lifetime of lifetimes) lifetime.hold(held);
    if (options.signal !== undefined) unfollow = onAbort(options.signal, end);
    follow();
  }
  return {
    [Symbol.asyncIterator]: () => ({
      next: queue.next,
      return: () => {
        end();
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
}

interface Queue {
  push(event: WatchEvent): void;
  end(): void;
  next(): Promise<IteratorResult<WatchEvent, undefined>>;
}

function createQueue(overflow: WatchEvent): Queue {
  let events: WatchEvent[] = [];
  let ended = false;
  const waiting: ((result: IteratorResult<WatchEvent, undefined>) => void)[] = [];
  return {
    push(event): void {
      if (ended) return;
      const resolve = waiting.shift();
      if (resolve !== undefined) resolve({ done: false, value: event });
      else if (events.length < mostQueued) events.push(event);
      else events = [overflow];
    },
    end(): void {
      ended = true;
      for (const resolve of waiting.splice(0)) resolve({ done: true, value: undefined });
    },
    next: () => {
      const event = events.shift();
      if (event !== undefined) return Promise.resolve({ done: false, value: event });
      if (ended) return Promise.resolve({ done: true, value: undefined });
      return new Promise((resolve) => {
        waiting.push(resolve);
      });
    },
  };
}
