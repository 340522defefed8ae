import { declareCapabilities, type Entry } from '@mountkit/core';
import type { PlantedFault } from '../fault.ts';
import { sampleCapabilities } from '../sample-backend.ts';
import { changeAnswers, changeEntries, changeRequests } from '../wrap.ts';

function withToken(entry: Entry, token: string): Entry {
  return entry.version === undefined ? entry : { ...entry, version: { ...entry.version, token } };
}

/** Mistakes with versions. */
export const brokenVersions: readonly PlantedFault[] = [
  {
    name: 'ignores the pin',
    firstFailure: 'versions.pin-refused',
    plant: (correct) => changeRequests(correct, ({ pin: _pin, ...request }) => request),
  },
  {
    name: 'checks the pin of whole reads only',
    firstFailure: 'versions.pin-stale',
    plant: (correct) =>
      changeRequests(correct, ({ pin, ...request }) =>
        pin === undefined || request.offset !== undefined ? request : { ...request, pin },
      ),
  },
  {
    name: 'refuses the pin of the version the file has',
    firstFailure: 'versions.pin',
    plant: (correct) =>
      changeRequests(correct, (request) =>
        request.pin === undefined ? request : { ...request, pin: { ...request.pin, token: `W/${request.pin.token}` } },
      ),
  },
  {
    name: 'gives another version with every read',
    firstFailure: 'versions.agreement',
    plant: (correct) => {
      let reads = 0;
      return changeEntries(correct, ['read'], (entry) => {
        reads += 1;
        return withToken(entry, `read-${reads}`);
      });
    },
  },
  {
    name: 'counts the accesses of a file into its version',
    firstFailure: 'versions.stable',
    plant: (correct) => {
      // Until the file is read again, every route tells the same.
      const reads = new Map<string, number>();
      const counted = changeEntries(correct, ['stat', 'list', 'read'], (entry, path) =>
        (reads.get(path) ?? 0) > 1 ? withToken(entry, `${entry.version?.token}+${reads.get(path)}`) : entry,
      );
      return {
        ...counted,
        read: (path, request, context) => {
          reads.set(path, (reads.get(path) ?? 0) + 1);
          return counted.read(path, request, context);
        },
      };
    },
  },
  {
    name: 'keeps the version when the bytes change',
    firstFailure: 'versions.change',
    plant: (correct) => {
      const named = changeEntries(correct, ['stat', 'list', 'read'], (entry, path) => withToken(entry, `name:${path}`));
      return {
        ...named,
        stat: (path, request, context) =>
          request.ifNot?.token === `name:${path}` ? { notModified: true } : named.stat(path, request, context),
        read: (path, { pin, ...request }, context) => {
          if (request.ifNot?.token === `name:${path}`) return { notModified: true };
          return named.read(
            path,
            pin === undefined || pin.token === `name:${path}` ? request : { ...request, pin },
            context,
          );
        },
      };
    },
  },
  {
    name: 'caches what it read',
    firstFailure: 'versions.change',
    plant: (correct, { origin }) => {
      const [old, first] = [new Map<string, Entry>(), origin.node('/live/changing.bin')];
      return changeAnswers(correct, (answer, path) => {
        if (path !== '/live/changing.bin' || first?.type !== 'file') return answer;
        const known = old.get(path);
        if (known === undefined) {
          old.set(path, answer.entry);
          return answer;
        }
        return known.version?.token === answer.entry.version?.token
          ? answer
          : { entry: known, start: 0, body: [first.bytes] };
      });
    },
  },
  {
    name: 'streams a file that changes meanwhile',
    firstFailure: 'versions.unmixed',
    plant: (correct, { origin }) =>
      changeAnswers(correct, (answer, path, request) => {
        if (path !== '/live/changing.bin' || request.length !== undefined || request.pin !== undefined) return answer;
        async function* live(): AsyncGenerator<Uint8Array> {
          for (let start = answer.start; start < answer.entry.size; start += 16_384) {
            const node = origin.node(path);
            if (node?.type === 'file') yield node.bytes.subarray(start, start + 16_384);
          }
        }
        return { ...answer, body: live() };
      }),
  },
  {
    name: 'declares versions and gives none',
    firstFailure: 'versions.declared',
    plant: (correct) => changeEntries(correct, ['stat', 'list', 'read'], ({ version: _version, ...entry }) => entry),
  },
  {
    name: 'gives stronger versions than it declares',
    firstFailure: 'versions.declared',
    plant: (correct) => ({
      ...correct,
      capabilities: declareCapabilities({ ...sampleCapabilities, versions: 'heuristic' }),
    }),
  },
  {
    name: 'makes a content version of the size',
    firstFailure: 'versions.content',
    plant: (correct) => ({
      ...changeEntries(correct, ['stat', 'list', 'read'], (entry) =>
        entry.version === undefined
          ? entry
          : { ...entry, version: { token: `size-${entry.size}`, strength: 'content' } },
      ),
      capabilities: declareCapabilities({ ...sampleCapabilities, conditional: false, versions: 'content' }),
    }),
  },
];
