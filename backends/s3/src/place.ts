import { decodeName, encodeName, segmentsOf } from '@mountkit/core';
import { type KeyBytes, keyOfRaw, rawOfKey, textOfKey } from './key-bytes.ts';

/** What a path names in a bucket. */
interface Named {
  /** The whole key, the mount's prefix included. Of the root: the prefix without its last '/'. */
  readonly key: KeyBytes;
  /** Whether it is the object beside a directory of the same name. */
  readonly beside: boolean;
}

// Most names are of this kind: nothing in them is ever escaped, and they take no time.
const plain = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/;

/** Which part of a bucket is mounted, and how its keys are paths. */
export interface Place {
  /** What every key begins with; empty, or with '/' at its end. */
  readonly prefix: KeyBytes;
  /** The prefix of what is in the directory at `path`; undefined where no key has that path. */
  prefixOf(path: string): KeyBytes | undefined;
  /** The key behind a path other than '/'; undefined where no key has that path. */
  keyOf(path: string): Named | undefined;
  /** The path segment of a name, `undefined` where names are strict and this one is odd. */
  nameOf(name: KeyBytes, beside: boolean): string | undefined;
}

/** @param isStrict whether names that are no legal path segments are left out instead of escaped. */
export function createPlace(prefix: KeyBytes, isStrict: boolean): Place {
  function keyOf(path: string): Named | undefined {
    const names: KeyBytes[] = [];
    const segments = segmentsOf(path);
    let beside = false;
    for (const [index, segment] of segments.entries()) {
      const name = decodeName(segment);
      if (name === undefined || (name.beside && index !== segments.length - 1)) return undefined;
      const bytes = keyOfRaw(name.bytes);
      // Strict: only names that stand in the path as they are.
      if (isStrict && name.text !== segment) return undefined;
      names.push(bytes);
      beside = name.beside;
    }
    return { key: prefix + names.join('/'), beside };
  }

  return {
    prefix,
    keyOf,
    prefixOf(path): KeyBytes | undefined {
      if (path === '/') return prefix;
      const named = keyOf(path);
      return named === undefined || named.beside ? undefined : `${named.key}/`;
    },
    nameOf(name, beside): string | undefined {
      if (!beside && plain.test(name)) return name;
      const text = textOfKey(name);
      const segment = encodeName(text ?? rawOfKey(name), beside);
      return isStrict && segment !== text ? undefined : segment;
    },
  };
}
