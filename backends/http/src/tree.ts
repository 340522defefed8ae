import type { CallContext, FsBackend } from '@mountkit/core';
import { FsError, isFsError } from '@mountkit/core';
import { listPage, listWebdav, statWebdav } from './list.ts';
import type { PageDialect } from './listing/recognise.ts';
import { readFile } from './read.ts';
import type { DirectoryProbe, Site } from './site.ts';
import { directoryEntry, statPath } from './stat.ts';
import { isUnchanged } from './validators.ts';

/** The verbs of a mount, by the way its server lists. */
export type Tree = Pick<FsBackend, 'stat' | 'list' | 'read'>;

/** A web server that makes pages of its directories; of one dialect, or of whatever it is. */
export function pageTree(site: Site, only: PageDialect | undefined): Tree {
  return {
    stat: (path, request, context) => statPath(site, path, request, context),
    list: (path, _request, context) => listPage(site, path, only, context),
    read: (path, request, context) => readFile(site, path, request, context),
  };
}

/** A web server whose directories are not asked for. */
export function unlistedTree(site: Site): Tree {
  return {
    ...pageTree(site, undefined),
    list: (path) => {
      throw new FsError('ENOTSUP', { op: 'list', path, detail: "the option 'listing' is 'none'" });
    },
  };
}

/** A WebDAV share: PROPFIND tells exactly what is there. */
export function webdavTree(plain: Site): Tree {
  const isDirectory: DirectoryProbe = async (path, where, context) => {
    try {
      return (await statWebdav(plain, path, where, context)).type === 'directory';
    } catch (error) {
      if (isFsError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return false;
      throw error;
    }
  };
  const site: Site = { ...plain, isDirectory };
  return {
    async stat(path, { ifNot }, context) {
      if (path === '/') return directoryEntry;
      const entry = await statWebdav(site, path, { op: 'stat', path }, context);
      return isUnchanged(ifNot, entry.version) ? { notModified: true } : entry;
    },
    list: (path, _request, context) => listWebdav(site, path, context),
    read: (path, request, context) => readFile(site, path, request, context),
  };
}

/**
 * A web server of any kind. Where it hides its listings a manifest beside them is looked for, once; if there is one, it speaks for the whole tree from then on.
 *
 * @param manifest the tree by the manifest, with the way to load it.
 */
export function autoTree(site: Site, manifest: Tree & { load(context: CallContext): Promise<unknown> }): Tree {
  const pages = pageTree(site, undefined);
  let state: 'unasked' | 'absent' | 'there' = 'unasked';
  return {
    stat: (path, request, context) => (state === 'there' ? manifest : pages).stat(path, request, context),
    read: (path, request, context) => (state === 'there' ? manifest : pages).read(path, request, context),
    async list(path, request, context) {
      if (state === 'there') return manifest.list(path, request, context);
      try {
        return await pages.list(path, request, context);
      } catch (error) {
        if (
          state === 'absent' ||
          !isFsError(error) ||
          !(error.code === 'ENOTSUP' || (error.code === 'EACCES' && error.status === 403))
        )
          throw error;
        try {
          await manifest.load(context);
        } catch (other) {
          if (isFsError(other) && other.retry === 'never' && other.code !== 'ECANCELED') state = 'absent';
          throw error;
        }
        state = 'there';
        return manifest.list(path, request, context);
      }
    },
  };
}
