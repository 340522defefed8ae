import { type CallContext, FsError, type ListPage, type ListRequest } from '@mountkit/core';
import type { Bucket } from './bucket.ts';
import { collectEntries, type ListState } from './collector.ts';
import { integrityError, type Where } from './errors.ts';
import { textOfKey } from './key-bytes.ts';
import type { ListedObject } from './listing.ts';
import { look } from './stat.ts';

const pageSize = 1_000;

/** One page of a directory, or of everything below it. */
export async function listPage(
  bucket: Bucket,
  path: string,
  { cursor, recursive = false }: ListRequest,
  call: CallContext,
): Promise<ListPage> {
  const where: Where = { op: 'list', path };
  const { ahead, client, manners, place } = bucket;
  const prefix = place.prefixOf(path);
  if (prefix === undefined) return notListed(bucket, path, where, call);
  if (textOfKey(prefix) === undefined) {
    throw new FsError('ENOTSUP', { ...where, detail: 'a directory whose name is no UTF-8 cannot be asked for' });
  }
  const before = cursor === undefined ? undefined : readCursor(cursor, where);
  try {
    const { page } = await ahead.page(
      { prefix, maxKeys: pageSize, ...(!recursive && { delimiter: '/' as const }), token: before?.token },
      where,
      call,
      before !== undefined,
    );
    manners.listsDenied = false;
    const { nextToken } = page;
    if (nextToken !== undefined && nextToken === before?.token) {
      throw integrityError(where, 'the listing goes round in circles');
    }
    const isEmpty = page.objects.length === 0 && page.prefixes.length === 0;
    if (isEmpty && nextToken === undefined && before === undefined && path !== '/') {
      return await notListed(bucket, path, where, call);
    }
    const { entries, state } = collectEntries(page, { prefix, place, recursive }, before, nextToken === undefined);
    return { entries, ...(nextToken !== undefined && { cursor: writeCursor({ ...state, token: nextToken }) }) };
  } catch (caught) {
    throw client.errorOf(caught, where);
  }
}

/** A directory under which nothing is: there is none. */
async function notListed(bucket: Bucket, path: string, where: Where, call: CallContext): Promise<never> {
  const { type } = await look(bucket, path, where, call);
  // It may have come to be between the two questions.
  throw type === 'directory'
    ? new FsError('EIO', { ...where, reason: 'unavailable', retry: 'safe' })
    : new FsError('ENOTDIR', where);
}

interface Cursor extends ListState {
  readonly token: string;
}

function writeCursor({ token, pending, within }: Cursor): string {
  return JSON.stringify([token, within, pending]);
}

function readCursor(text: string, where: Where): Cursor {
  try {
    const [token, within, pending] = JSON.parse(text) as [string, string, ListedObject[]];
    return { token, within, pending };
  } catch (cause) {
    throw new FsError('EINVAL', { ...where, detail: 'this is no cursor of a listing', cause });
  }
}
