import { expect } from 'vitest';

/** An assertion about something another task brings about; patient enough for a busy machine. */
export function eventually<T>(read: () => T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(read, { timeout: 4_500 });
}
