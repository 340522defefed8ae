import { declareCapabilities } from '@mountkit/core';
import type { PlantedFault } from '../fault.ts';
import { sampleCapabilities } from '../sample-backend.ts';
import { changeEntries } from '../wrap.ts';

/** Mistakes that cost requests, and one that shows the wrong revision. */
export const brokenSpending: readonly PlantedFault[] = [
  {
    name: 'asks for the attributes before each read',
    firstFailure: 'budgets.cold-read',
    plant: (correct) => ({
      ...correct,
      read: async (path, request, context) => {
        await correct.stat(path, {}, context);
        return correct.read(path, request, context);
      },
    }),
  },
  {
    name: 'lists names without sizes',
    firstFailure: 'budgets.list',
    face: 'layers',
    plant: (correct) =>
      changeEntries(correct, ['list'], (entry) =>
        entry.type === 'file'
          ? {
              path: entry.path,
              type: 'file',
              size: 0,
              sizeKind: 'unknown',
              ...(entry.mode !== undefined && { mode: entry.mode }),
            }
          : entry,
      ),
  },
  {
    name: 'asks twice for what it has read before, as it gives no versions',
    firstFailure: 'budgets.warm-read',
    face: 'layers',
    plant: (correct) => {
      const known = new Set<string>();
      const versionless = changeEntries(correct, ['stat', 'list', 'read'], ({ version: _version, ...entry }) => entry);
      return {
        ...versionless,
        capabilities: declareCapabilities({ ...sampleCapabilities, conditional: false, versions: 'none' }),
        read: async (path, request, context) => {
          if (known.has(path)) await correct.stat(path, {}, context);
          known.add(path);
          return versionless.read(path, request, context);
        },
      };
    },
  },
  {
    name: 'shows what the remote has now at every revision',
    firstFailure: 'revisions.pinned',
    plant: (correct) => {
      let resolved = 0;
      const live = { ...correct, capabilities: declareCapabilities({ ...sampleCapabilities, revisions: true }) };
      return {
        ...live,
        resolve: () => {
          resolved += 1;
          return { id: `revision-${resolved}` };
        },
        at: () => live,
      };
    },
  },
];
