import assert from 'node:assert/strict';
import { declareCapabilities, type FsBackend } from '@mountkit/core';
import type { Case } from '../case.ts';
import { noFaults } from '../findings.ts';
import { describeEnd } from '../probe.ts';
import { withVerify } from '@mountkit/layers';
import type { Bench } from '../bench.ts';

const mandatory = ['stat', 'list', 'read'] as const;

/** The optional verbs, and whether they are declared. */
function declaredVerbs({ capabilities }: FsBackend): Readonly<Record<string, boolean>> {
  const { readMany, open, watch, revisions, writes } = capabilities;
  const verbs: Record<string, boolean> = { readMany, open, watch, resolve: revisions, at: revisions };
  for (const verb of ['write', 'remove', 'rename', 'copy', 'mkdir', 'symlink', 'setAttributes', 'commit'] as const) {
    verbs[verb] = writes.includes(verb);
  }
  return verbs;
}

function hasVerb(backend: FsBackend, verb: string): boolean {
  return typeof (backend as unknown as Readonly<Record<string, unknown>>)[verb] === 'function';
}

/** The optional verbs that are declared and missing, or that are there and undeclared. */
function misdeclaredVerbs(backend: FsBackend, isDeclared: boolean): string[] {
  const verbs = Object.entries(declaredVerbs(backend));
  return verbs
    .filter(([verb, declared]) => declared === isDeclared && hasVerb(backend, verb) !== isDeclared)
    .map(([verb]) => verb);
}

async function refused(bench: Bench, what: string, call: (verified: FsBackend) => unknown): Promise<void> {
  const { own } = await bench.view();
  const verified = withVerify(own);
  const error = await bench.probe.failure(what, () => call(verified));
  const { code } = (error ?? {}) as { code?: unknown };
  assert.ok(code === 'ENOTSUP', `${what} has to be refused with ENOTSUP, it ends with ${describeEnd(error)}`);
}

const version = { token: 'anything', strength: 'strong' } as const;

/** What a backend is, before anything is asked of it. */
export const contractCases: readonly Case[] = [
  {
    id: 'contract.shape',
    says: 'A backend has abi 1, an id, frozen capabilities, and the verbs stat, list and read.',
    faces: ['raw'],
    async run(bench) {
      const { own } = await bench.view();
      const faults: string[] = [];
      if (own.abi !== 1) faults.push(`abi is ${String(own.abi)}, not 1`);
      if (typeof own.id !== 'string' || own.id === '') faults.push('there is no id');
      if (!Object.isFrozen(own.capabilities)) faults.push('the capabilities are not frozen: use declareCapabilities');
      for (const verb of mandatory) if (!hasVerb(own, verb)) faults.push(`there is no ${verb}`);
      noFaults(faults);
    },
  },
  {
    id: 'contract.same-id',
    says: 'Two backends over the same origin have the same id: it names what is cached for it.',
    faces: ['raw'],
    async run(bench) {
      const { own } = await bench.view();
      await bench.fresh(async (other) =>
        assert.ok(other.own.id === own.id, `one has '${own.id}', the other '${other.own.id}'`),
      );
    },
  },
  {
    id: 'honesty.as-expected',
    says: 'The backend declares the capabilities that this run was told to expect.',
    faces: ['raw'],
    async run(bench) {
      const { own } = await bench.view();
      const { capabilities: told } = bench.subject;
      if (told === undefined) return;
      const declared: Readonly<Record<string, unknown>> = { ...own.capabilities };
      const faults = Object.entries(declareCapabilities(told))
        .filter(([name, value]) => JSON.stringify(declared[name]) !== JSON.stringify(value))
        .map(([name, value]) =>
          Object.hasOwn(told, name)
            ? `${name} is ${JSON.stringify(declared[name])}, not ${JSON.stringify(value)}`
            : `the backend declares ${name} ${JSON.stringify(declared[name])}, which this run does not expect`,
        );
      noFaults(faults);
    },
  },
  {
    id: 'honesty.declared-verbs',
    says: 'Each optional verb that the capabilities declare is there.',
    faces: ['raw'],
    async run(bench) {
      const { own } = await bench.view();
      noFaults(misdeclaredVerbs(own, true).map((verb) => `${verb} is declared and missing`));
    },
  },
  {
    id: 'honesty.undeclared-verbs',
    says: 'No optional verb is there that the capabilities do not declare: it would never be called.',
    faces: ['raw'],
    async run(bench) {
      const { own } = await bench.view();
      noFaults(misdeclaredVerbs(own, false).map((verb) => `${verb} is there and not declared`));
    },
  },
  {
    id: 'honesty.suffix-refused',
    says: 'A backend that does not declare suffix is never asked for one: the call is refused with ENOTSUP.',
    faces: ['raw'],
    applies: ({ suffix }) => !suffix,
    run: (bench) =>
      refused(bench, 'read of a suffix', (verified) => verified.read(bench.roles.small.path, { suffix: 1 }, {})),
  },
  {
    id: 'honesty.conditional-refused',
    says: 'A backend that does not declare conditional is never given a condition: the call is refused with ENOTSUP.',
    faces: ['raw'],
    applies: ({ conditional }) => !conditional,
    async run(bench) {
      const { path } = bench.roles.small;
      await refused(bench, 'stat with ifNot', (verified) => verified.stat(path, { ifNot: version }, {}));
      await refused(bench, 'read with ifNot', (verified) => verified.read(path, { ifNot: version }, {}));
    },
  },
  {
    id: 'honesty.recursive-refused',
    says: 'A backend that does not declare recursiveList is never asked for one: the call is refused with ENOTSUP.',
    faces: ['raw'],
    applies: ({ recursiveList }) => !recursiveList,
    run: (bench) => refused(bench, 'recursive list', (verified) => verified.list('/', { recursive: true }, {})),
  },
];
