import { didYouMean } from './did-you-mean.ts';
import { pointerTo, type Problem } from './problem.ts';

/** A JSON Schema, as far as the loader reads it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Whether a value is an object of keys and values, and no instance of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Config may come out of another realm, whose Object.prototype is not ours.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The options a schema of an object knows; undefined where it takes any. */
function knownKeys(schema: JsonSchema | undefined): readonly string[] | undefined {
  if (schema === undefined || schema['additionalProperties'] !== false) return undefined;
  return isPlainObject(schema['properties']) ? Object.keys(schema['properties']) : undefined;
}

/**
 * `value` without the keys that `schema` does not know, and a problem for each of them: the schema itself would only say that there is one. What has no unknown key
 * is handed back as it is, not copied.
 *
 * @param more keys that belong to the mount and not to its backend.
 */
export function withoutUnknownKeys(
  value: unknown,
  schema: JsonSchema | undefined,
  pointer: string,
  problems: Problem[],
  more: readonly string[] = [],
): unknown {
  const properties = schema?.['properties'];
  if (!isPlainObject(value) || !isPlainObject(properties)) return value;
  const known = knownKeys(schema);
  const kept: Record<string, unknown> = {};
  let changed = false;
  for (const [key, item] of Object.entries(value)) {
    if (known !== undefined && !known.includes(key)) {
      const isOfMount = more.includes(key);
      const suggestion = isOfMount ? undefined : didYouMean(key, [...known, ...more]);
      problems.push({
        pointer: pointerTo(pointer, key),
        message: isOfMount
          ? `'${key}' is a setting of the mount, not an option of its backend`
          : `unknown option '${key}'`,
        ...(suggestion !== undefined && { suggestion }),
      });
      changed = true;
      continue;
    }
    const inner = properties[key];
    kept[key] = withoutUnknownKeys(item, isPlainObject(inner) ? inner : undefined, pointerTo(pointer, key), problems);
    changed ||= kept[key] !== item;
  }
  return changed ? kept : value;
}
