/**
 * What is wrong with the keys of an options object: each that is not known would be passed over. Instances of classes may have more, e.g. what their methods work with.
 *
 * @param what it is, as in "the subject".
 */
export function unknownKeys<T extends object>(
  what: string,
  given: T,
  known: Readonly<Record<keyof T, true>>,
): string[] {
  const prototype: unknown = Object.getPrototypeOf(given);
  if (prototype !== Object.prototype && prototype !== null) return [];
  return Object.keys(given)
    .filter((key) => !Object.hasOwn(known, key))
    .map((key) => `${what} has no key '${key}': it has ${Object.keys(known).join(', ')}`);
}
