import type { StandardSchema } from '@mountkit/core';
import { pointerTo, type Problem } from './problem.ts';

/** `value` as its schema makes it; undefined, and its problems noted, where it is not valid. */
export async function validated<T>(
  schema: StandardSchema<T>,
  value: unknown,
  pointer: string,
  problems: Problem[],
): Promise<T | undefined> {
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  for (const { message, path = [] } of result.issues) {
    const keys = path.map((step) => (typeof step === 'object' ? step.key : step));
    problems.push({ pointer: pointerTo(pointer, ...keys), message });
  }
  return undefined;
}
