import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpServerHandle, RealServerKind, Tree } from '@mountkit/test-http-server';
import { makeTree, probeRealServer, REAL_SERVER_KINDS, startRealServer } from '@mountkit/test-http-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namesIn } from './listed-names.ts';
import { rawRequest } from './raw-request.ts';

/** What a server can't express of the tree. */
interface Gaps {
  /** Paths of files and directories absent from their directory's listing. */
  readonly unlisted: readonly string[];
  /** Names that are listed but do not exist. */
  readonly invented: readonly string[];
  /** Files that can't be read by the name they have. */
  readonly unreadable: readonly string[];
  /** Of the five files with names that are no UTF-8: references that read back, names listed as they are. */
  readonly rawNamed: { readonly readable: number; readonly named: number };
  /** Whether `index.html` hides the listing of its directory. */
  readonly indexHides: boolean;
}

const NONE: Gaps = {
  unlisted: [],
  invented: [],
  unreadable: [],
  rawNamed: { readable: 5, named: 5 },
  indexHides: true,
};

const nginx: Gaps = {
  ...NONE,
  unlisted: ['names/...', 'names/..two-dots', 'names/.hidden', 'directories/.hidden'],
};

// Debian's IndexIgnore.
const apache: Gaps = {
  ...NONE,
  unlisted: [
    'names/#backup#',
    'names/...',
    'names/..two-dots',
    'names/.hidden',
    'names/tilde~',
    'directories/.hidden',
    'directories/c#',
  ],
};

const CONTROLS = ['tab\there', 'new\nline', 'return\rhere', 'escape\u001B[31m', 'delete\u007F'].map(
  (name) => `control/${name}.txt`,
);

// Control characters and overlong UTF-8 in a URL are 400.
const lighttpd: Gaps = { ...NONE, unreadable: CONTROLS, rawNamed: { readable: 4, named: 5 } };

// Control characters come as their pictures.
const rclone: Gaps = {
  ...NONE,
  unlisted: CONTROLS.toSorted(),
  invented: ['delete\u2421', 'escape\u241B[31m', 'new\u240Aline', 'return\u240Dhere', 'tab\u2409here'].map(
    (name) => `control/${name}.txt`,
  ),
  unreadable: CONTROLS,
  indexHides: false,
};

const GAPS: Readonly<Record<RealServerKind, Gaps>> = {
  'nginx-html': nginx,
  'nginx-json': nginx,
  'nginx-xml': nginx,
  'apache-plain': apache,
  'apache-fancy': apache,
  'apache-table': apache,
  'apache-webdav': { ...NONE, indexHides: false },
  lighttpd,
  'lighttpd-webdav': { ...lighttpd, indexHides: false },
  caddy: NONE,
  // It links the surrogates that Python keeps such bytes as.
  python: { ...NONE, rawNamed: { readable: 5, named: 0 } },
  'rclone-http': rclone,
  'rclone-webdav': rclone,
};

let tree: Tree;

beforeAll(async () => {
  const root = await mkdtemp(join(tmpdir(), 'mountkit-http-listings-'));
  tree = await makeTree(root, { seed: 4, bigFileBytes: 300_000 });
});

afterAll(async () => {
  await rm(tree.root, { recursive: true, force: true });
});

describe.each(REAL_SERVER_KINDS)('%s', (kind) => {
  const gaps = GAPS[kind];
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  let server: HttpServerHandle | undefined;
  let reason = '';

  beforeAll(async () => {
    const probe = await probeRealServer(kind);
    reason = probe.reason;
    if (probe.available) server = await startRealServer(kind, { root: tree.root });
  });

  afterAll(async () => {
    agent.destroy();
    await server?.stop();
  });

  const read = (reference: string): ReturnType<typeof rawRequest> =>
    rawRequest(`${server?.url ?? ''}${reference}`, { agent });
  const list = async (directory: string): Promise<ReturnType<typeof namesIn>> => {
    const reference = directory === '' ? '' : `${directory.split('/').map(encodeURIComponent).join('/')}/`;
    const isWebdav = kind.endsWith('webdav');
    const response = await rawRequest(`${server?.url ?? ''}${reference}`, {
      agent,
      method: isWebdav ? 'PROPFIND' : 'GET',
      headers: isWebdav ? { depth: '1' } : kind === 'caddy' ? { accept: 'text/html' } : {},
    });
    expect([response.status, response.error]).toEqual([isWebdav ? 207 : 200, '']);
    return namesIn(kind, reference === '' ? '' : `${directory}/`, response.body.toString('latin1'));
  };
  const textOf = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');

  test('lists the tree but for its known gaps', async (context) => {
    context.skip(server === undefined, reason);
    const unlisted: string[] = [];
    const invented: string[] = [];
    for (const [directory, names] of tree.directories) {
      if (directory === 'raw' || (directory === 'indexed' && gaps.indexHides)) continue;
      const listed = new Set((await list(directory)).map(({ bytes }) => textOf(bytes)));
      const prefix = directory === '' ? '' : `${directory}/`;
      for (const name of names) if (!listed.delete(name)) unlisted.push(`${prefix}${name}`);
      for (const name of listed) invented.push(`${prefix}${name}`);
    }
    expect({ unlisted, invented }).toEqual({ unlisted: gaps.unlisted, invented: gaps.invented });
  });

  test('reads every file back by its name but for its known gaps', async (context) => {
    context.skip(server === undefined, reason);
    const unreadable: string[] = [];
    for (const file of tree.files.values()) {
      if (file.path.startsWith('crowd/') && !file.path.endsWith('7.txt')) continue;
      const { body, error, status } = await read(file.path.split('/').map(encodeURIComponent).join('/'));
      const right = status === 200 && error === '' && createHash('sha256').update(body).digest('hex') === file.sha256;
      if (!right) unreadable.push(file.path);
    }
    expect(unreadable).toEqual(gaps.unreadable);
  });

  test('lists names that are no UTF-8 as well as it can', async (context) => {
    context.skip(server === undefined, reason);
    context.skip(tree.rawNamed.length < 5, 'the disk refuses names that are no UTF-8');
    const found = { readable: 0, named: 0 };
    for (const { bytes, reference } of await list('raw')) {
      const { body, status } = await read(`raw/${reference}`);
      const sha256 = createHash('sha256').update(body).digest('hex');
      if (status === 200 && tree.rawNamed.some((file) => file.sha256 === sha256)) found.readable += 1;
      if (tree.rawNamed.some((file) => Buffer.from(file.name).toString('latin1') === bytes)) found.named += 1;
    }
    expect(found).toEqual(gaps.rawNamed);
  });

  test(`${gaps.indexHides ? 'hides' : 'shows'} the listing of a directory with an index.html`, async (context) => {
    context.skip(server === undefined, reason);
    const names = (await list('indexed')).map(({ bytes }) => bytes);
    expect(names.includes('index.html')).toBe(!gaps.indexHides);
  });
});
