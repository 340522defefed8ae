import { type CallContext, type Entry, FsError, joinBytes, type ListPage } from '@mountkit/core';
import { collectBody } from './body.ts';
import type { HttpAnswer, HttpRequest } from './client.ts';
import { integrityError, statusError, type Where } from './errors.ts';
import { huggingface } from './listing/huggingface.ts';
import { parseJson } from './listing/json.ts';
import { readFile } from './read.ts';
import type { DirectoryProbe, Site } from './site.ts';
import { directoryEntry } from './stat.ts';
import type { Tree } from './tree.ts';
import { createUrlSpace } from './urls.ts';

/** Where a repository of the Hugging Face Hub is to be asked for. */
export interface HubPlace {
  /** The API of the repository, without a '/' at its end. */
  readonly api: string;
  readonly revision: string;
  /** The directory of the repository that is the root, '' or with '/' at its end; percent-encoded. */
  readonly prefix: string;
  /** Below which its files are. */
  readonly files: string;
  /** Whether the revision is a commit. */
  readonly isPinned: boolean;
}

/** The place behind a page's address such as `https://huggingface.co/datasets/owner/name/tree/main/`; undefined where it is none. */
export function parseHubUrl(url: string): HubPlace | undefined {
  const { origin, pathname } = new URL(url);
  const match = /^\/(?:(datasets|spaces)\/)?((?:[\w.-]+\/)?[\w.-]+)\/(?:tree|resolve)\/([^/]+)(?:\/(.*?))?\/?$/.exec(
    pathname,
  );
  if (match === null) return undefined;
  const [, kind, repository = '', revision = '', below = ''] = match;
  const prefix = below === '' ? '' : `${below}/`;
  return {
    api: `${origin}/api/${kind ?? 'models'}/${repository}`,
    revision,
    prefix,
    files: `${origin}/${kind === undefined ? '' : `${kind}/`}${repository}/resolve/${revision}/${prefix}`,
    isPinned: /^[0-9a-f]{40}$/.test(revision),
  };
}

/** A repository of the Hub: listings and facts by its API (`tree`, `paths-info`), bytes by `resolve`, which leads to a store on another origin. */
export function hubTree(plain: Site, { api, files, prefix, revision }: HubPlace): Tree {
  const urls = createUrlSpace(files);
  const own = new URL(files).pathname;
  const belowRoot = (path: string): string => `${prefix}${urls.file(path)?.pathname.slice(own.length) ?? ''}`;
  const isDirectory: DirectoryProbe = async (path, where, context) =>
    (await info(path, where, context))?.type === 'directory';
  const site: Site = { ...plain, urls, isDirectory };

  async function ask(
    request: Omit<HttpRequest, 'route'>,
    route: string,
    where: Where,
    context: CallContext,
  ): Promise<HttpAnswer & { readonly value: unknown }> {
    const answer = await site.client.send({ ...request, route }, where, context);
    if (answer.status !== 200) {
      answer.body.discard();
      throw statusError(answer, where, site.client.clock.now());
    }
    const chunks = await collectBody(answer.body, site.limits.maxListingBytes);
    if (chunks === undefined)
      throw new FsError('EFBIG', { ...where, detail: "the listing is longer than 'maxListingBytes'" });
    const parsed = parseJson(new TextDecoder().decode(joinBytes(chunks)));
    if (parsed === undefined) throw integrityError(where, 'the listing breaks off', 'safe');
    return { ...answer, value: parsed.value };
  }

  async function info(path: string, where: Where, context: CallContext): Promise<Entry | undefined> {
    const name = decoded(belowRoot(path));
    // Git may hold names that are no UTF-8, but the API can't speak of them.
    if (name === undefined)
      throw new FsError('ENOTSUP', { ...where, detail: 'the Hub knows only names that are UTF-8' });
    const url = new URL(`${api}/paths-info/${revision}`);
    const body = JSON.stringify({ paths: [name], expand: false });
    const { value } = await ask(
      { method: 'POST', url, body, headers: { 'content-type': 'application/json' } },
      'stat',
      where,
      context,
    );
    const [entry] = huggingface(value) ?? [];
    return entry;
  }

  async function list(path: string, cursor: string | undefined, context: CallContext): Promise<ListPage> {
    const where: Where = { op: 'list', path };
    const below = belowRoot(path).replace(/\/$/, '');
    const url = new URL(`${api}/tree/${revision}${below === '' ? '' : `/${below}`}`);
    if (cursor !== undefined) url.searchParams.set('cursor', cursor);
    try {
      const answer = await ask({ method: 'GET', url }, 'listing', where, context);
      const entries = huggingface(answer.value);
      if (entries === undefined) throw integrityError(where, 'the answer is no listing of the Hub');
      const next = nextCursor(answer.header('link'), url);
      return { entries, ...(next !== undefined && { cursor: next }) };
    } catch (error) {
      if (!(error instanceof FsError) || error.code !== 'ENOENT' || path === '/') throw error;
      if ((await info(path, where, context))?.type === 'file') throw new FsError('ENOTDIR', where);
      throw error;
    }
  }

  return {
    async stat(path, _request, context) {
      const where: Where = { op: 'stat', path };
      if (path === '/') return directoryEntry;
      if (urls.file(path) === undefined) throw new FsError('ENOENT', where);
      const entry = await info(path, where, context);
      if (entry === undefined) throw new FsError('ENOENT', where);
      return { ...entry, path: '' };
    },
    list: (path, { cursor }, context) => list(path, cursor, context),
    read: (path, request, context) => readFile(site, path, request, context),
  };
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** The cursor of the next page out of a Link header (RFC 8288); only a link to the same listing counts. */
function nextCursor(link: string | undefined, url: URL): string | undefined {
  const match = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? '');
  if (match?.[1] === undefined) return undefined;
  const next = new URL(match[1], url);
  const cursor = next.searchParams.get('cursor');
  return next.origin === url.origin && next.pathname === url.pathname && cursor !== null && cursor !== ''
    ? cursor
    : undefined;
}
