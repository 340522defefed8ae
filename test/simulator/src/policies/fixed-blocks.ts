import { alignRange } from '@mountkit/core';
import type { Policy } from '../policy.ts';

const blockBytes = 4 * 1024 * 1024;

/** Whole blocks of 4 MiB, kept as long as there is room. */
export function fixedBlocks(): Policy {
  return {
    name: 'fixed blocks',
    start(view) {
      let lastId = 0;
      return {
        read: (file, range) => ({
          requests: view
            .missing(file, alignRange(range, blockBytes, view.sizeOf(file)))
            .map(
              (each) => ({ kind: 'bytes', id: (lastId += 1), file, range: each, whole: true, demand: true }) as const,
            ),
        }),
      };
    },
  };
}
