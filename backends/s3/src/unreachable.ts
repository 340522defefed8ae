import type { CallContext } from '@mountkit/core';
import type { Bucket } from './bucket.ts';
import { collectEntries, type ListState } from './collector.ts';
import type { Where } from './errors.ts';
import { textOfKey } from './key-bytes.ts';

/** Every key below the mount's prefix that strict names leave out, by a listing of everything: each behind the '/' that stands for the prefix. Bytes that are no UTF-8 become U+FFFD. */
export async function unreachableKeys({ client, place }: Bucket, call: CallContext): Promise<readonly string[]> {
  const where: Where = { op: 'unreachable', path: '/' };
  const { prefix } = place;
  const hidden: string[] = [];
  let state: ListState | undefined;
  let token: string | undefined;
  try {
    do {
      const { page } = await client.list({ prefix, maxKeys: 1_000, token }, where, call);
      token = page.nextToken;
      ({ state } = collectEntries(page, { prefix, place, recursive: true }, state, token === undefined, (key) => {
        hidden.push(`/${textOfKey(key) ?? Buffer.from(key, 'latin1').toString('utf8')}`);
      }));
    } while (token !== undefined);
    return hidden;
  } catch (caught) {
    throw client.errorOf(caught, where);
  }
}
