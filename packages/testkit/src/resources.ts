import { setImmediate } from 'node:timers/promises';

// What keeps a process alive and belongs to a backend, in the words of Node and in ours.
const kinds: ReadonlyMap<string, string> = new Map([
  ['Timeout', 'a timer that runs'],
  ['TCPSocketWrap', 'a connection'],
  ['TLSWrap', 'a TLS connection'],
  ['PipeWrap', 'a pipe'],
  ['UDPWrap', 'a UDP socket'],
  ['ProcessWrap', 'a child process'],
  ['FSEventWrap', 'a watched file'],
  ['StatWatcher', 'a watched file'],
  ['HTTPINCOMINGMESSAGE', 'an HTTP request'],
  ['HTTPCLIENTREQUEST', 'an HTTP request'],
]);

/** How many of each kind keep the process alive now. */
export function activeResources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (kinds.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** What there is more of than `before`, after it was given time to go: sockets close over several turns of the loop, and a server sees it later. */
export async function leakedSince(before: ReadonlyMap<string, number>, deadlineMs: number): Promise<readonly string[]> {
  const endMs = performance.now() + Math.min(deadlineMs, 2000);
  for (;;) {
    const leaked = Array.from(activeResources(), ([kind, count]) => ({ kind, more: count - (before.get(kind) ?? 0) }))
      .filter(({ more }) => more > 0)
      .map(({ kind, more }) => `${more} ${kind} (${kinds.get(kind) ?? 'unknown'})`);
    if (leaked.length === 0 || performance.now() > endMs) return leaked;
    await setImmediate();
  }
}
