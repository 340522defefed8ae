import assert from 'node:assert/strict';
import { isNotModified } from '@mountkit/core';
import type { Case } from '../case.ts';
import { probeRanges } from '../range-probe.ts';

function probed(id: string, says: string, more: Partial<Case> = {}): Case {
  return { id, says, run: async (bench) => (await probeRanges(bench)).none(id), ...more };
}

/** Parts of files: at the ends of pages and of files, and at random. */
export const rangeCases: readonly Case[] = [
  probed('ranges.answers', 'Any range of a file can be read; an answer may hold more than was asked.'),
  probed('ranges.start', 'A body starts no later than what was asked.'),
  {
    id: 'ranges.kept',
    says: 'Bytes that were handed out are never written again.',
    // Behind the layers' cache, which keeps what it is given, such bytes are wrong from the first read on.
    faces: ['raw'],
    async run(bench) {
      const { backend } = await bench.view();
      const { small, files } = bench.roles;
      const answer = await bench.probe.read(backend, small.path);
      if (isNotModified(answer)) assert.fail('read says "not modified"');
      const then = Buffer.concat(answer.chunks);
      for (const { path } of files.slice(0, 24)) await bench.probe.read(backend, path);
      const now = Buffer.concat(answer.chunks);
      assert.ok(now.equals(then), `the bytes of '${small.path}' have changed since they were read`);
    },
  },
  probed('ranges.content', 'The bytes of a range are those of the file at that place.'),
  probed('ranges.short', 'A body holds all of the range that the file has.'),
  probed('ranges.long', 'A body ends within the file.'),
  probed('ranges.past-end', 'A read past the end gives no bytes, and no error.'),
  probed('ranges.suffix', 'A suffix gives the last bytes; one longer than the file gives the whole file.', {
    applies: ({ suffix }) => suffix,
  }),
  {
    id: 'ranges.partial',
    says: 'A backend that declares ranges does not move a whole file for one byte of it.',
    faces: ['raw'],
    applies: ({ ranges }) => ranges,
    async run(bench) {
      const { backend } = await bench.view();
      const { path, bytes } = bench.roles.large;
      const answer = await bench.probe.read(backend, path, { offset: 1, length: 1 });
      if (isNotModified(answer)) assert.fail('read says "not modified"');
      assert.ok(
        answer.bytes.byteLength < bytes.byteLength / 2,
        `${answer.bytes.byteLength} of ${bytes.byteLength} bytes came`,
      );
    },
  },
];
