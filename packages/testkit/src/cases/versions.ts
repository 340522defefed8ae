import assert from 'node:assert/strict';
import { isFsError, isNotModified, type Version, type VersionStrength } from '@mountkit/core';
import type { Bench } from '../bench.ts';
import type { Case } from '../case.ts';
import { noFaults, sameBytes } from '../findings.ts';
import { describeError, type ReadResult } from '../probe.ts';
import { isComparable, walkTree } from '../tree-walk.ts';
import type { View } from '../view.ts';

const strengths: readonly (VersionStrength | 'none')[] = ['none', 'heuristic', 'weak', 'strong', 'content'];

/** Whether files carry versions. */
export const isVersioned: NonNullable<Case['applies']> = ({ versions }) => versions !== 'none';

/** A whole file, of the pinned version where one is given. */
export async function readFile({ probe }: Bench, { backend }: View, path: string, pin?: Version): Promise<ReadResult> {
  const answer = await probe.read(backend, path, pin === undefined ? {} : { pin });
  return isNotModified(answer) ? assert.fail('read says "not modified" though nothing was conditional') : answer;
}

/** What versions say while nothing changes. */
export const versionCases: readonly Case[] = [
  {
    id: 'versions.declared',
    says: 'Files carry a version where versions are declared, none where they are not, and none that is stronger.',
    faces: ['raw'],
    async run(bench) {
      const { own } = await bench.view();
      const { reads } = await walkTree(bench);
      const most = strengths.indexOf(own.capabilities.versions);
      const faults: string[] = [];
      for (const [path, { entry }] of reads) {
        const strength = entry.version?.strength ?? 'none';
        if (strengths.indexOf(strength) > most)
          faults.push(`'${path}' has a version that is ${strength}; declared is ${own.capabilities.versions}`);
      }
      if (most > 0 && Array.from(reads.values()).every(({ entry }) => entry.version === undefined))
        faults.push('no file has a version');
      noFaults(faults);
    },
  },
  {
    id: 'versions.agreement',
    says: 'Listing, stat and read give one file the same version.',
    faces: ['raw', 'layers'],
    async run(bench) {
      (await walkTree(bench)).findings.none('versions.agreement');
    },
  },
  {
    id: 'versions.stable',
    says: 'Looking changes nothing: a file that was read still has its version.',
    faces: ['raw', 'layers'],
    applies: isVersioned,
    async run(bench) {
      const view = await bench.view();
      const { reads } = await walkTree(bench);
      const faults: string[] = [];
      for (const { path } of bench.roles.files.slice(0, 20)) {
        const before = reads.get(path)?.entry.version;
        const after = (await readFile(bench, view, path)).entry.version;
        if (isComparable(before, after) && before?.token !== after?.token)
          faults.push(`'${path}' has another version each time it is read`);
      }
      noFaults(faults);
    },
  },
  {
    id: 'versions.content',
    says: 'Two files of different bytes never share a version that is made of the content.',
    faces: ['raw'],
    applies: ({ versions }) => versions === 'content',
    async run(bench) {
      const { reads } = await walkTree(bench);
      const owners = new Map<string, { readonly path: string; readonly bytes: Uint8Array }>();
      const faults: string[] = [];
      for (const [path, { entry, bytes }] of reads) {
        if (entry.version?.strength !== 'content') continue;
        const owner = owners.get(entry.version.token);
        if (owner !== undefined && Buffer.compare(owner.bytes, bytes) !== 0)
          faults.push(`'${owner.path}' and '${path}' share the version ${JSON.stringify(entry.version.token)}`);
        owners.set(entry.version.token, { path, bytes });
      }
      noFaults(faults);
    },
  },
  {
    id: 'versions.pin',
    says: 'A read pinned to the version a file has gives its bytes.',
    faces: ['raw', 'layers'],
    applies: isVersioned,
    async run(bench) {
      const view = await bench.view();
      const { path, bytes } = bench.roles.large;
      const { version } = (await readFile(bench, view, path)).entry;
      sameBytes((await readFile(bench, view, path, version)).bytes, bytes);
    },
  },
  {
    id: 'versions.pin-refused',
    says: 'A read pinned to a version the file does not have is ESTALE.',
    // A cache may hold the other content, and may give it to whoever asks for it by its hash.
    faces: ['raw'],
    applies: isVersioned,
    async run(bench): Promise<'does not apply' | void> {
      const view = await bench.view();
      const { small, large } = bench.roles;
      const { path } = large;
      // Tokens are opaque, so it is one that another file really has.
      const pin = small === large ? undefined : (await readFile(bench, view, small.path)).entry.version;
      if (pin === undefined) return 'does not apply';
      const error = await bench.probe.failure(`read '${path}'`, () => bench.probe.read(view.backend, path, { pin }));
      assert.ok(
        isFsError(error) && error.code === 'ESTALE',
        `a foreign pin: ${error === undefined ? 'the read succeeds' : describeError(error)}`,
      );
    },
  },
];
