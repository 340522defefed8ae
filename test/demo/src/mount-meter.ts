import type { FileSystem, MountStats } from '@mountkit/core';
import { setTimeout } from 'node:timers/promises';
import type { Meter } from './stage.ts';

const pollMs = 2;

/** What the mount at `path` tells of itself in `stats()`: no server is asked. What is still being read ahead counts too, so that is waited for. */
export function mountMeter(fs: FileSystem, path: string): Meter {
  const count = (): MountStats => {
    const found = fs.stats().mounts.find((mount) => mount.path === path);
    if (found === undefined) throw new Error(`nothing is mounted at ${path}`);
    return found;
  };
  let before = count();
  return {
    reset(): void {
      before = count();
    },
    async read() {
      // A request is counted when the last of its bytes has come, a turn after there is none in flight any more.
      do await setTimeout(pollMs);
      while ((count().content?.inFlightBytes ?? 0) > 0);
      const { requests, bytesReceived } = count();
      return { requests: requests - before.requests, bytesMoved: bytesReceived - before.bytesReceived };
    },
  };
}
