import { setTimeout as sleep } from 'node:timers/promises';
import type { Traffic } from './target.ts';

const quietMs = 150;

/** Speculation may still be on its way, or about to leave: it counts, so it is waited for until nothing has happened for a while. */
export async function quiet(read: () => Traffic): Promise<Traffic> {
  let requests = -1;
  let since = performance.now();
  for (const started = since; performance.now() - started < 10_000; await sleep(10)) {
    const now = read();
    if (now.inFlight > 0 || now.requests !== requests) since = performance.now();
    else if (performance.now() - since >= quietMs) break;
    ({ requests } = now);
  }
  return read();
}
