import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';

// What keeps a process alive and belongs to a backend, in the words of Node and in ours.
const kinds: ReadonlyMap<string, string> = new Map([
  ['Timeout', 'a timer that runs'],
  ['TCPWRAP', 'a connection'],
  ['TLSWRAP', 'a TLS connection'],
  ['PIPEWRAP', 'a pipe'],
  ['UDPWRAP', 'a UDP socket'],
  ['PROCESSWRAP', 'a child process'],
  ['FSEVENTWRAP', 'a watched file'],
  ['STATWATCHER', 'a watched file'],
]);

interface Resource {
  readonly kind: string;
  // Held weakly: what was let go of may be collected, and is no leak then.
  readonly handle: WeakRef<{ hasRef?(): boolean }>;
}

/**
 * Runs `use` and says what it opened, by whatever way it came to do so, that still keeps the process alive when it was given time to go: sockets close over several
 * turns of the loop. What others open in the process meanwhile is not counted.
 */
export async function leftOpenBy(use: () => Promise<void>, deadlineMs: number): Promise<readonly string[]> {
  const open = new Map<number, Resource>();
  const own = new AsyncLocalStorage<true>();
  const hook = createHook({
    init(id, type, _trigger, handle: { hasRef?(): boolean }) {
      if (kinds.has(type) && own.getStore() === true) open.set(id, { kind: type, handle: new WeakRef(handle) });
    },
    destroy: (id) => void open.delete(id),
  });
  hook.enable();
  try {
    await own.run(true, use);
    const endMs = performance.now() + Math.min(deadlineMs, 2000);
    for (;;) {
      const left = described(open.values());
      if (left.length === 0 || performance.now() > endMs) return left;
      await setImmediate();
    }
  } finally {
    hook.disable();
  }
}

function described(open: Iterable<Resource>): readonly string[] {
  const counts = new Map<string, number>();
  for (const { kind, handle } of open) {
    const resource = handle.deref();
    if (resource !== undefined && resource.hasRef?.() !== false) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return Array.from(counts, ([kind, count]) => `${count} ${kind} (${kinds.get(kind)})`);
}
