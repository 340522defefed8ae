import type { Entry } from '@mountkit/core';
import type { KeyBytes } from './key-bytes.ts';
import type { ListedObject, ListedPage } from './listing.ts';
import type { Place } from './place.ts';
import { directoryEntry, entryOf } from './version.ts';

/** What one page leaves open for the next. */
export interface ListState {
  /** Objects of which it is not known yet whether a directory of their name follows; each one's key begins with that of the one before. */
  readonly pending: readonly ListedObject[];
  /** Of a recursive listing: the directory the last key was in, as a key with '/' at its end. */
  readonly within: KeyBytes;
}

/** Where a name was not shown, and its key. */
export type OnHidden = (key: KeyBytes) => void;

/**
 * The entries of one page, in the order of the service.
 *
 * An object may have the name of a directory, and between the two stand all names that go on with a character before '/' (`a`, `a-1`, `a.txt`, `a/`), on as many pages as
 * it takes. So an object waits until its directory has come or can't come any more; nothing has to be asked for this.
 *
 * @param state what the page before left; undefined on the first one.
 * @param last whether no page follows.
 */
export function collectEntries(
  page: ListedPage,
  { prefix, place, recursive }: { readonly prefix: KeyBytes; readonly place: Place; readonly recursive: boolean },
  state: ListState | undefined,
  last: boolean,
  onHidden: OnHidden = () => undefined,
): { readonly entries: readonly Entry[]; readonly state: ListState } {
  const entries: Entry[] = [];
  const pending = [...(state?.pending ?? [])];
  let within = state?.within ?? prefix;

  const pathOf = (key: KeyBytes, beside: boolean): string | undefined => {
    if (!key.includes('/', prefix.length)) return place.nameOf(key.slice(prefix.length), beside);
    const names = key.slice(prefix.length).split('/');
    const segments: string[] = [];
    for (const [index, name] of names.entries()) {
      const segment = place.nameOf(name, beside && index === names.length - 1);
      if (segment === undefined) return undefined;
      segments.push(segment);
    }
    return segments.join('/');
  };
  const showObject = (object: ListedObject, beside: boolean): void => {
    const path = pathOf(object.key, beside);
    if (path === undefined) onHidden(object.key);
    else entries.push(entryOf(object, path));
  };
  const showDirectory = (key: KeyBytes): void => {
    const path = pathOf(key.slice(0, -1), false);
    if (path !== undefined) entries.push({ ...directoryEntry, path });
    else if (!recursive) onHidden(key);
  };
  /** Lets go of the objects whose directory has come, or can't come behind `key`. */
  const settle = (key: KeyBytes): void => {
    for (let top = pending.at(-1); top !== undefined; top = pending.at(-1)) {
      const next = key.startsWith(top.key) ? key.charAt(top.key.length) : undefined;
      if (next !== undefined && next < '/') return;
      pending.pop();
      showObject(top, next === '/');
    }
  };
  /** Shows the directories on the way to `key` that the last key was not in. */
  const enter = (key: KeyBytes): void => {
    const directory = key.slice(0, key.lastIndexOf('/') + 1);
    if (directory === within || directory.length < prefix.length) return;
    const common = commonLength(directory, within);
    const shared = common === 0 ? 0 : Math.max(prefix.length, directory.lastIndexOf('/', common - 1) + 1);
    for (let at = directory.indexOf('/', shared); at !== -1; at = directory.indexOf('/', at + 1)) {
      showDirectory(directory.slice(0, at + 1));
    }
    within = directory;
  };

  // Objects and prefixes each come in an order of their own.
  let next = 0;
  const showDirectoriesBefore = (end: KeyBytes | undefined): void => {
    for (; next < page.prefixes.length; next += 1) {
      const directory = page.prefixes[next];
      if (directory === undefined || (end !== undefined && directory >= end)) return;
      settle(directory);
      showDirectory(directory);
    }
  };
  for (const object of page.objects) {
    const { key, size } = object;
    showDirectoriesBefore(key);
    settle(key);
    if (recursive) enter(key);
    // An empty object whose key ends with '/' is the directory itself.
    if (key === prefix ? size > 0 : !(size === 0 && key.endsWith('/'))) pending.push(object);
  }
  showDirectoriesBefore(undefined);
  if (last) {
    for (const object of pending.splice(0).reverse()) showObject(object, false);
  }
  return { entries, state: { pending, within } };
}

function commonLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let at = 0;
  while (at < most && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return at;
}
