import { inspect } from 'node:util';
import type { Bench } from '../bench.ts';
import type { Case } from '../case.ts';
import { noFaults } from '../findings.ts';
import { type Needle, needleOf, showsSecret } from '../secret-search.ts';
import { walkTree } from '../tree-walk.ts';

function needlesOf(bench: Bench): readonly Needle[] {
  return (bench.fixture.secrets ?? []).map(needleOf);
}

/** Credentials the fixture names are looked for in everything that is said. These cases come last: the others make the backend talk. */
export const secretCases: readonly Case[] = [
  {
    id: 'secrets.errors',
    says: 'No error shows a credential: not in its message, its stack, its JSON or an inspection.',
    needs: ['secrets'],
    run(bench) {
      const needles = needlesOf(bench);
      const shown = bench.probe.errors.filter((error) => showsSecret(error, needles));
      noFaults([...new Set(shown.map((error) => `one shows in ${errorName(error)}`))]);
    },
  },
  {
    id: 'secrets.backend',
    says: 'A backend that is printed shows no credential, neither do its id and its capabilities.',
    needs: ['secrets'],
    async run(bench) {
      const { own, namespace } = await bench.view();
      const needles = needlesOf(bench);
      const faults: string[] = [];
      if (showsSecret(own, needles))
        faults.push(
          `the backend shows one when it is inspected or made JSON; it has the properties ${Object.keys(own).join(', ')}`,
        );
      if (showsSecret(own.id, needles)) faults.push('the id shows one');
      if (
        namespace !== undefined &&
        showsSecret([namespace.stats(), namespace.health(), namespace.mounts()], needles)
      ) {
        faults.push('stats, health or mounts show one');
      }
      noFaults(faults);
    },
  },
  {
    id: 'secrets.events',
    says: 'What is told of a request through onRequest shows no credential, but for `error`, which is for hooks only.',
    faces: ['raw'],
    needs: ['secrets'],
    run(bench) {
      const needles = needlesOf(bench);
      const shown = bench.events
        .map(({ error: _error, ...event }) => event)
        .filter((event) => showsSecret(event, needles));
      noFaults([
        ...new Set(
          shown.map(
            ({ method, route }) =>
              `one shows in the event of ${method} ${showsSecret(route, needles) ? '(in the route)' : route}`,
          ),
        ),
      ]);
    },
  },
  {
    id: 'secrets.entries',
    says: 'No entry shows a credential: not in a locator, a version, a symlink or a note.',
    faces: ['raw'],
    needs: ['secrets'],
    async run(bench) {
      const needles = needlesOf(bench);
      const { listed, stats, reads } = await walkTree(bench);
      const entries = [...listed, ...stats, ...Array.from(reads, ([path, { entry }]) => [path, entry] as const)];
      const shown = entries.filter(([, entry]) => showsSecret(inspect(entry), needles));
      noFaults([...new Set(shown.map(([path]) => `the entry of '${path}' shows one`))]);
    },
  },
];

// Nothing of the text: it holds the credential.
function errorName(error: unknown): string {
  const { name, code, op } = error as { name?: unknown; code?: unknown; op?: unknown };
  const [kind, ...more] = [name, code, typeof op === 'string' ? `of ${op}` : undefined].filter(
    (part) => typeof part === 'string',
  );
  return [kind ?? 'what was thrown', ...more].join(' ');
}
