import type { Case } from '../case.ts';
import { noFaults } from '../findings.ts';

/** Other spellings of names of the zoo; what the tree holds by itself is left out. */
const misspelled: readonly string[] = [
  '/names/with+space.txt',
  '/names/with%20space.txt',
  '/names/100%25',
  '/names/hash',
  '/names/what',
  '/names/PLAIN.TXT',
  '/names/plain.txt%00',
  // No name has these paths: one needs another escape, the other none.
  '/names/%!x',
  '/names/%!plain.txt',
  '/names/semi',
  '/%6eames/plain.txt',
  '/names/n\u{303}',
];

/** Names that are taken for one another. */
export const nameCases: readonly Case[] = [
  {
    id: 'names.exact',
    says: 'A path is taken letter by letter: another spelling of a name is not there.',
    async run(bench) {
      const { backend } = await bench.view();
      const faults: string[] = [];
      for (const path of misspelled.filter((each) => !bench.tree.nodes.has(each))) {
        const error = await bench.probe.failure(`stat '${path}'`, () => backend.stat(path, {}, {}));
        // Which error it is when it is not there, is another case.
        if (error === undefined) faults.push(`'${path}' is there`);
      }
      noFaults(faults);
    },
  },
];
