import type { Policy } from '../policy.ts';

/** No policy: what a read lacks is fetched, and kept as long as there is room. */
export function none(): Policy {
  return {
    name: 'none',
    start(view) {
      let lastId = 0;
      return {
        read: (file, range) => ({
          requests: view
            .missing(file, range)
            .map((each) => ({ kind: 'bytes', id: (lastId += 1), file, range: each, demand: true }) as const),
        }),
      };
    },
  };
}
