import {
  type CallContext,
  dirname,
  type Entry,
  FsError,
  type NotModified,
  sameVersion,
  type StatRequest,
} from '@mountkit/core';
import type { Bucket } from './bucket.ts';
import { parseContentRange } from './content-range.ts';
import { integrityError, isDenied, type Where } from './errors.ts';
import type { KeyBytes } from './key-bytes.ts';
import type { ListedObject } from './listing.ts';
import { Refusal } from './plane.ts';
import { factsOf } from './object-facts.ts';
import { directoryEntry, entryOf } from './version.ts';

// Names that go on with a character before '/' stand between an object and the directory of its name: `data`, `data-1.csv`, `data.csv`, `data/`. A few of them are worth it.
const lookAhead = 16;

/** What stands under one key. */
interface Found {
  readonly object: ListedObject | undefined;
  readonly isDirectory: boolean;
}

/** What is at a path, by one listing; by the first byte of the object where listings are denied. */
export async function statPath(
  bucket: Bucket,
  path: string,
  { ifNot }: StatRequest,
  call: CallContext,
): Promise<Entry | NotModified> {
  const where: Where = { op: 'stat', path };
  const entry = path === '/' ? await statRoot(bucket, where, call) : await look(bucket, path, where, call);
  return ifNot !== undefined && sameVersion(ifNot, entry.version) ? { notModified: true } : entry;
}

/** What is at a path other than '/' now. @throws {@link FsError} ENOENT, ENOTDIR. */
export async function look(bucket: Bucket, path: string, where: Where, call: CallContext): Promise<Entry> {
  const named = bucket.place.keyOf(path);
  if (named === undefined) throw await missing(bucket, path, where, call);
  if (bucket.manners.listsDenied) return probe(bucket, named.key, where, call);
  let found: Found;
  try {
    found = await findKey(bucket, named.key, where, call);
  } catch (caught) {
    if (!(caught instanceof Refusal) || !isDenied(caught)) throw bucket.client.errorOf(caught, where);
    bucket.manners.listsDenied = true;
    return probe(bucket, named.key, where, call);
  }
  const { object, isDirectory } = found;
  if (named.beside) {
    if (object !== undefined && isDirectory) return entryOf(object, '');
  } else {
    if (isDirectory) return directoryEntry;
    if (object !== undefined) return entryOf(object, '');
  }
  throw await missing(bucket, path, where, call);
}

/** The error of a path where nothing is: ENOTDIR where what should hold it is an object, else ENOENT. */
export async function missing(bucket: Bucket, path: string, where: Where, call: CallContext): Promise<FsError> {
  for (let parent = dirname(path); parent !== '/'; parent = dirname(parent)) {
    const named = bucket.place.keyOf(parent);
    if (named === undefined) continue;
    if (bucket.manners.listsDenied) break;
    try {
      const { object, isDirectory } = await findKey(bucket, named.key, where, call);
      if (isDirectory && !named.beside) break;
      if (object !== undefined && isDirectory === named.beside) return new FsError('ENOTDIR', where);
    } catch (caught) {
      if (caught instanceof Refusal && isDenied(caught)) break;
      throw bucket.client.errorOf(caught, where);
    }
  }
  return new FsError('ENOENT', where);
}

/** Whether a path is that of a directory; false where nobody may know. */
export async function isDirectoryAt(bucket: Bucket, key: KeyBytes, where: Where, call: CallContext): Promise<boolean> {
  if (bucket.manners.listsDenied) return false;
  try {
    return (await findKey(bucket, key, where, call)).isDirectory;
  } catch (caught) {
    if (!(caught instanceof Refusal) || !isDenied(caught)) throw bucket.client.errorOf(caught, where);
    bucket.manners.listsDenied = true;
    return false;
  }
}

/** @throws {Refusal} */
async function findKey({ client, manners }: Bucket, key: KeyBytes, where: Where, call: CallContext): Promise<Found> {
  const { page } = await client.list({ prefix: key, delimiter: '/', maxKeys: lookAhead }, where, call);
  manners.listsDenied = false;
  const below = `${key}/`;
  const object = page.objects.find((each) => each.key === key);
  // An empty object whose key ends with '/' marks a directory and is nothing else.
  const isMarker = object?.size === 0 && key.endsWith('/');
  const found = { object: isMarker ? undefined : object, isDirectory: page.prefixes.includes(below) };
  if (found.isDirectory || page.nextToken === undefined || isPassed(page, below)) return found;
  const { page: rest } = await client.list({ prefix: below, maxKeys: 1 }, where, call);
  return { ...found, isDirectory: rest.objects.length > 0 };
}

/** Whether the page has come past a prefix without it. */
function isPassed(
  { objects, prefixes }: { readonly objects: readonly ListedObject[]; readonly prefixes: readonly KeyBytes[] },
  prefix: KeyBytes,
): boolean {
  return (objects.at(-1)?.key ?? '') > prefix || (prefixes.at(-1) ?? '') > prefix;
}

/** The root is a directory whatever it holds; asking shows whether the bucket is there and the credentials are good. */
async function statRoot({ client, manners, place }: Bucket, where: Where, call: CallContext): Promise<Entry> {
  try {
    await client.list({ prefix: place.prefix, delimiter: '/', maxKeys: 1 }, where, call);
    manners.listsDenied = false;
  } catch (caught) {
    if (!(caught instanceof Refusal) || !isDenied(caught)) throw client.errorOf(caught, where);
    manners.listsDenied = true;
  }
  return directoryEntry;
}

/** Without the right to list: one byte of the object tells all about it. */
async function probe({ client }: Bucket, key: KeyBytes, where: Where, call: CallContext): Promise<Entry> {
  const ask = async (range: string | undefined): Promise<Entry> => {
    const answer = await client.get({ key, range, wantsChecksum: false }, where, call);
    answer.body.discard();
    const total = answer.status === 206 ? parseContentRange(answer.header('content-range'))?.total : undefined;
    const facts = factsOf(answer, total);
    if (facts === undefined) throw integrityError(where, 'the answer does not tell the size');
    return entryOf(facts, '');
  };
  try {
    return await ask('bytes=0-0');
  } catch (caught) {
    // An empty object has no first byte.
    if (!(caught instanceof Refusal) || caught.status !== 416) throw client.errorOf(caught, where);
  }
  try {
    return await ask(undefined);
  } catch (caught) {
    throw client.errorOf(caught, where);
  }
}
