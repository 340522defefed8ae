import { decodeName, encodeName } from '@mountkit/core';
import type { PlantedFault } from '../fault.ts';
import { changeEntries, changePages } from '../wrap.ts';

/** Mistakes in listings and in the facts of entries. */
export const brokenListings: readonly PlantedFault[] = [
  {
    name: 'stops after the first page',
    firstFailure: 'list.complete',
    plant: (correct) => changePages(correct, ({ entries }) => ({ entries })),
  },
  {
    name: 'loses the last name of a page',
    firstFailure: 'list.complete',
    plant: (correct) => changePages(correct, (page) => ({ ...page, entries: page.entries.slice(0, -1) })),
  },
  {
    name: 'begins each page with the last name of the page before',
    firstFailure: 'list.once',
    plant: (correct) => ({
      ...correct,
      list: async (path, request, context) => {
        const page = await correct.list(path, request, context);
        if (request.cursor === undefined || request.recursive === true) return page;
        const before = await correct.list(path, { cursor: String(Number(request.cursor) - 1) }, context);
        return { ...page, entries: [...before.entries.slice(0, 1), ...page.entries] };
      },
    }),
  },
  {
    name: 'gives cursors that lead back to the first page',
    firstFailure: 'list.cursor',
    plant: (correct) => ({
      ...correct,
      list: async (path, request, context) => {
        const page = await correct.list(path, request, context);
        return page.cursor === undefined || request.cursor === undefined ? page : { ...page, cursor: request.cursor };
      },
    }),
  },
  {
    name: "lists '.' and '..'",
    firstFailure: 'list.names',
    plant: (correct) =>
      changePages(correct, (page) => ({
        ...page,
        entries: [
          { path: '.', type: 'directory', size: 0, sizeKind: 'exact' },
          { path: '..', type: 'directory', size: 0, sizeKind: 'exact' },
          ...page.entries,
        ],
      })),
  },
  {
    name: 'lists names with a NUL in them',
    firstFailure: 'list.names',
    plant: (correct) =>
      changePages(correct, (page) => ({
        ...page,
        entries: [...page.entries, { path: 'bad\0name', type: 'file', size: 0, sizeKind: 'exact' }],
      })),
  },
  {
    name: "lists directories with a '/' at the end",
    firstFailure: 'list.names',
    plant: (correct) =>
      changePages(correct, (page) => ({
        ...page,
        entries: page.entries.map((entry) =>
          entry.type === 'directory' ? { ...entry, path: `${entry.path}/` } : entry,
        ),
      })),
  },
  {
    name: 'lists whole paths in place of names',
    firstFailure: 'list.names',
    plant: (correct) =>
      changePages(correct, (page, path) => ({
        ...page,
        entries: page.entries.map((entry) => ({ ...entry, path: `${path === '/' ? '' : path}/${entry.path}` })),
      })),
  },
  {
    name: 'lists something that is not there',
    firstFailure: 'list.nothing-else',
    plant: (correct) =>
      changePages(correct, (page, path, { cursor }) => ({
        ...page,
        entries:
          path === '/docs' && cursor === undefined
            ? [...page.entries, { path: 'ghost.txt', type: 'file', size: 3, sizeKind: 'exact' }]
            : page.entries,
      })),
  },
  {
    name: 'hides names that begin with a dot',
    firstFailure: 'names.listed',
    plant: (correct) =>
      changePages(correct, (page) => ({ ...page, entries: page.entries.filter(({ path }) => !path.startsWith('.')) })),
  },
  {
    name: 'lists names percent-decoded once too often',
    firstFailure: 'names.listed',
    plant: (correct) =>
      changeEntries(correct, ['list'], (entry) => ({ ...entry, path: entry.path === '%41' ? 'A' : entry.path })),
  },
  {
    name: 'lists names as the origin has them',
    firstFailure: 'names.listed',
    plant: (correct) =>
      changePages(correct, (page) => ({
        ...page,
        entries: page.entries.map((entry) => ({ ...entry, path: decodeName(entry.path)?.text ?? entry.path })),
      })),
  },
  {
    name: 'takes a path for the name at the origin',
    firstFailure: 'names.answers',
    plant: (correct) => ({
      ...correct,
      stat: (path, request, context) => correct.stat(path.replace(encodeName('%!x'), '%!%!x'), request, context),
    }),
  },
  {
    name: 'gives several paths to one name',
    firstFailure: 'names.exact',
    plant: (correct) => ({
      ...correct,
      stat: (path, request, context) => correct.stat(path.replace('/%!plain', '/plain'), request, context),
    }),
  },
  {
    name: "reads '+' in a path as a space",
    firstFailure: 'names.content',
    plant: (correct) => ({
      ...correct,
      read: (path, request, context) => correct.read(path.replace('a+b', 'a b'), request, context),
    }),
  },
  {
    name: "cuts a path at '#'",
    firstFailure: 'names.answers',
    plant: (correct) => ({
      ...correct,
      stat: (path, request, context) => correct.stat(path.split('#', 1)[0] ?? '/', request, context),
    }),
  },
  {
    name: 'normalises Unicode in paths',
    firstFailure: 'names.content',
    plant: (correct) => ({
      ...correct,
      read: (path, request, context) => correct.read(path.normalize('NFC'), request, context),
    }),
  },
  {
    name: 'takes names in any case',
    firstFailure: 'names.exact',
    plant: (correct) => ({
      ...correct,
      stat: (path, request, context) => correct.stat(path.replace('PLAIN.TXT', 'plain.txt'), request, context),
    }),
  },
  {
    name: 'lists a rounded size as an exact one',
    firstFailure: 'walk.size-list',
    plant: (correct) =>
      changeEntries(correct, ['list'], (entry) => ({
        ...entry,
        size: entry.type === 'file' ? Math.ceil(entry.size / 1024) * 1024 : entry.size,
      })),
  },
  {
    name: 'gives the size of the compressed file in stat',
    firstFailure: 'walk.size-stat',
    plant: (correct) => changeEntries(correct, ['stat'], (entry) => ({ ...entry, size: Math.floor(entry.size * 0.6) })),
  },
  {
    name: 'gives the length of the body as the size of the file',
    firstFailure: 'walk.size-read',
    plant: (correct) =>
      changeEntries(correct, ['read'], (entry, path) =>
        path === '/sizes/large.bin' ? { ...entry, size: 1024 * 64 } : entry,
      ),
  },
  {
    name: 'lists directories as files',
    firstFailure: 'walk.type',
    plant: (correct) =>
      changeEntries(correct, ['list'], (entry) => (entry.type === 'directory' ? { ...entry, type: 'file' } : entry)),
  },
  {
    name: 'follows symlinks in stat',
    firstFailure: 'walk.type',
    plant: (correct) => ({
      ...correct,
      stat: (path, request, context) => correct.stat(path === '/links/to-file' ? '/README.md' : path, request, context),
    }),
  },
  {
    name: 'gives every file the same mode',
    firstFailure: 'walk.mode',
    plant: (correct) =>
      changeEntries(correct, ['stat', 'list', 'read'], (entry) =>
        entry.type === 'file' ? { ...entry, mode: 0o600 } : entry,
      ),
  },
  {
    name: 'gives times in milliseconds',
    firstFailure: 'walk.time',
    plant: (correct) =>
      changeEntries(correct, ['stat', 'list', 'read'], (entry) =>
        entry.mtimeNs === undefined ? entry : { ...entry, mtimeNs: entry.mtimeNs / 1_000_000n },
      ),
  },
  {
    name: 'gives times as numbers',
    firstFailure: 'walk.time',
    plant: (correct) =>
      changeEntries(correct, ['stat', 'list', 'read'], (entry) =>
        entry.mtimeNs === undefined ? entry : { ...entry, mtimeNs: Number(entry.mtimeNs) as unknown as bigint },
      ),
  },
  {
    name: 'lists the time of the listing',
    firstFailure: 'walk.agreement',
    plant: (correct) =>
      changeEntries(correct, ['list'], (entry) =>
        entry.type === 'file' ? { ...entry, mtimeNs: 1_600_000_000_000_000_000n } : entry,
      ),
  },
  {
    name: 'resolves the target of a symlink',
    firstFailure: 'walk.target',
    plant: (correct) =>
      changeEntries(correct, ['stat', 'list'], (entry) =>
        entry.target === undefined ? entry : { ...entry, target: entry.target.replace('..', ''), sizeKind: 'unknown' },
      ),
  },
  {
    name: 'gives the digest of something else',
    firstFailure: 'walk.digest',
    plant: (correct) =>
      changeEntries(correct, ['stat', 'list', 'read'], (entry) =>
        entry.digest === undefined ? entry : { ...entry, digest: { algorithm: 'sha256', hex: '0'.repeat(64) } },
      ),
  },
  {
    name: 'gives stat the path that was asked for',
    firstFailure: 'walk.own-path',
    plant: (correct) => changeEntries(correct, ['stat'], (entry, path) => ({ ...entry, path: path.slice(1) })),
  },
  {
    name: "begins the paths of recursive listings with './'",
    firstFailure: 'recursive.names',
    plant: (correct) =>
      changePages(
        correct,
        (page) => ({ ...page, entries: page.entries.map((entry) => ({ ...entry, path: `./${entry.path}` })) }),
        'recursive',
      ),
  },
  {
    name: 'lists a path twice in recursive listings',
    firstFailure: 'recursive.once',
    plant: (correct) =>
      changePages(
        correct,
        (page) => ({ ...page, entries: [...page.entries, ...page.entries.slice(0, 1)] }),
        'recursive',
      ),
  },
  {
    name: 'leaves directories out of recursive listings',
    firstFailure: 'recursive.complete',
    plant: (correct) =>
      changePages(
        correct,
        (page) => ({ ...page, entries: page.entries.filter(({ type }) => type !== 'directory') }),
        'recursive',
      ),
  },
  {
    name: 'forgets modes in recursive listings',
    firstFailure: 'recursive.agreement',
    plant: (correct) =>
      changePages(
        correct,
        (page) => ({ ...page, entries: page.entries.map(({ mode: _mode, ...entry }) => entry) }),
        'recursive',
      ),
  },
];
