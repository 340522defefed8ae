import { isNotModified } from '@mountkit/core';
import type { PlantedFault } from '../fault.ts';
import { changeAnswers, changeEntries, changeRequests, collected } from '../wrap.ts';

async function* endless(first: Uint8Array): AsyncGenerator<Uint8Array> {
  yield first;
  for (;;) yield new Uint8Array(0);
}

async function* silent(first: Uint8Array): AsyncGenerator<Uint8Array> {
  yield first;
  await new Promise<never>(() => undefined);
}

/** Mistakes in what is read. */
export const brokenContents: readonly PlantedFault[] = [
  {
    name: 'is off by one in a range',
    firstFailure: 'ranges.content',
    plant: (correct) => ({
      ...correct,
      read: async (path, request, context) => {
        const { offset = 0 } = request;
        if (offset === 0) return correct.read(path, request, context);
        const answer = await correct.read(path, { ...request, offset: offset + 1 }, context);
        return isNotModified(answer) ? answer : { ...answer, start: Math.min(offset, answer.entry.size) };
      },
    }),
  },
  {
    name: 'takes the end of a range for its last byte',
    firstFailure: 'ranges.short',
    plant: (correct) =>
      changeRequests(correct, (request) =>
        request.length === undefined || request.length === 0 ? request : { ...request, length: request.length - 1 },
      ),
  },
  {
    name: 'refuses ranges behind the first page',
    firstFailure: 'ranges.answers',
    plant: (correct) =>
      changeRequests(correct, (request) => {
        if ((request.offset ?? 0) >= 65_536) throw new RangeError('416');
        return request;
      }),
  },
  {
    name: 'starts behind what was asked',
    firstFailure: 'ranges.start',
    plant: (correct) =>
      changeRequests(correct, (request) =>
        request.offset === undefined || request.offset === 0 ? request : { ...request, offset: request.offset + 1 },
      ),
  },
  {
    name: 'reads past the end of a file into what lies behind',
    firstFailure: 'ranges.long',
    plant: (correct) =>
      changeAnswers(correct, async (answer, _, { offset = 0, length }) => {
        const bytes = await collected(answer);
        const missing = (length ?? 0) - bytes.byteLength;
        if (length === undefined || missing <= 0 || offset >= answer.entry.size) return { ...answer, body: [bytes] };
        return { ...answer, body: [bytes, new Uint8Array(missing)] };
      }),
  },
  {
    name: 'throws for a read past the end',
    firstFailure: 'ranges.past-end',
    plant: (correct) =>
      changeAnswers(correct, (answer, _, { offset = 0 }) => {
        if (offset > 0 && offset >= answer.entry.size) throw new RangeError('416');
        return answer;
      }),
  },
  {
    name: 'ignores suffix',
    firstFailure: 'ranges.suffix',
    plant: (correct) =>
      changeRequests(correct, ({ suffix, ...request }) =>
        suffix === undefined ? request : { offset: 0, length: suffix },
      ),
  },
  {
    name: 'fails for a suffix longer than the file',
    firstFailure: 'ranges.suffix',
    plant: (correct) =>
      changeAnswers(correct, (answer, _, { suffix = 0 }) => {
        if (suffix > answer.entry.size) throw new RangeError('416');
        return answer;
      }),
  },
  {
    name: 'declares ranges and sends whole files',
    firstFailure: 'ranges.partial',
    plant: (correct) =>
      changeRequests(correct, (request) =>
        request.suffix === undefined && (request.offset ?? 0) < 100 && request.length === 1
          ? { ...request, offset: 0, length: 1e9 }
          : request,
      ),
  },
  {
    name: 'uses its buffers again',
    firstFailure: 'ranges.kept',
    plant: (correct) => {
      const pool = Array.from({ length: 8 }, () => new Uint8Array(64));
      let turn = 0;
      return changeAnswers(correct, async (answer) => {
        const bytes = await collected(answer);
        if (bytes.byteLength > 64) return { ...answer, body: [bytes] };
        turn = (turn + 1) % pool.length;
        const buffer = pool[turn] ?? bytes;
        buffer.set(bytes, 0);
        return { ...answer, body: [buffer.subarray(0, bytes.byteLength)] };
      });
    },
  },
  {
    name: 'decodes text on the way',
    firstFailure: 'walk.content',
    plant: (correct) =>
      changeAnswers(correct, async (answer) => {
        const bytes = await collected(answer);
        const text = new TextEncoder().encode(new TextDecoder().decode(bytes));
        return { ...answer, body: [text.subarray(0, bytes.byteLength)] };
      }),
  },
  {
    name: 'sends a body without an end',
    firstFailure: 'walk.body',
    plant: (correct) =>
      changeAnswers(correct, async (answer, path) =>
        path === '/sizes/large.bin' ? { ...answer, body: endless(await collected(answer)) } : answer,
      ),
  },
  {
    name: 'never ends a stream',
    firstFailure: 'walk.answers',
    deadlineMs: 2000,
    plant: (correct) =>
      changeAnswers(correct, async (answer, path) =>
        path === '/docs/guide.md' ? { ...answer, body: silent(await collected(answer)) } : answer,
      ),
  },
  {
    name: 'sends text in place of bytes',
    firstFailure: 'walk.body',
    plant: (correct) =>
      changeAnswers(correct, async (answer, path) =>
        path === '/README.md' ? { ...answer, body: ['text'] as unknown as readonly Uint8Array[] } : answer,
      ),
  },
  {
    name: 'says "not modified" to a call without a condition',
    firstFailure: 'conditional.unasked',
    plant: (correct) => {
      const seen = new Set<string>();
      return {
        ...correct,
        stat: (path, request, context) => {
          if (seen.has(path)) return { notModified: true };
          seen.add(path);
          return path === '/docs/guide.md' ? { notModified: true } : correct.stat(path, request, context);
        },
      };
    },
  },
  {
    name: 'declares conditions and ignores them',
    firstFailure: 'conditional.same',
    plant: (correct) => changeRequests(correct, ({ ifNot: _ifNot, ...request }) => request),
  },
  {
    name: 'says "not modified" to whatever version',
    firstFailure: 'conditional.other',
    plant: (correct) => ({
      ...correct,
      stat: (path, request, context) =>
        request.ifNot === undefined ? correct.stat(path, request, context) : { notModified: true },
    }),
  },
  {
    name: 'gives a locator that leads elsewhere',
    firstFailure: 'locator.same',
    plant: (correct) => ({
      ...changeEntries(correct, ['list'], (entry, path) =>
        entry.type === 'file' ? { ...entry, locator: path === '/twins/one.txt' ? '/twins/two.txt' : path } : entry,
      ),
      read: (path, request, context) => correct.read(request.locator ?? path, request, context),
    }),
  },
  {
    name: 'leaves a file out of readMany',
    firstFailure: 'many.complete',
    plant: (correct) => ({
      ...correct,
      readMany: (wanted, context) =>
        correct.readMany?.(wanted.slice(1), context) ?? (endless(new Uint8Array()) as never),
    }),
  },
];
