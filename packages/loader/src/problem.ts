import { FsError } from '@mountkit/core';

/** One thing that is wrong with a config. */
export interface Problem {
  /** Where: a JSON pointer (RFC 6901) into the config, '' for the whole of it. */
  readonly pointer: string;
  /** What is wrong, without any value of the config that could be a secret. */
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
}

/** Everything that is wrong with a config, as one error with code EINVAL. */
export interface ConfigError extends FsError {
  readonly code: 'EINVAL';
  readonly problems: readonly Problem[];
}

/** The error for `problems`; its message has all of them, one a line. */
export function configError(problems: readonly Problem[], op = 'load'): ConfigError {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  const detail = `${count} in the config${problems.map((problem) => `\n  ${problemText(problem)}`).join('')}`;
  const error = new FsError('EINVAL', { op, detail });
  const frozen = Object.freeze([...problems]);
  const toJSON = (): Record<string, unknown> => ({ ...FsError.prototype.toJSON.call(error), problems: frozen });
  Object.defineProperties(error, {
    problems: { value: frozen, enumerable: false },
    toJSON: { value: toJSON, enumerable: false },
  });
  return error as ConfigError;
}

/** Whether an error says what is wrong with a config. */
export function isConfigError(error: unknown): error is ConfigError {
  return error instanceof Error && Array.isArray((error as { problems?: unknown }).problems);
}

/** A problem on one line. */
export function problemText({ pointer, message, suggestion }: Problem): string {
  const where = pointer === '' ? '' : `${pointer}: `;
  return `${where}${message}${suggestion === undefined ? '' : `; did you mean '${suggestion}'?`}`;
}

/** `pointer` and one step further. */
export function pointerTo(pointer: string, ...keys: readonly PropertyKey[]): string {
  return keys.reduce<string>(
    (path, key) => `${path}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`,
    pointer,
  );
}

/** The steps of a JSON pointer. */
export function keysOfPointer(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}
