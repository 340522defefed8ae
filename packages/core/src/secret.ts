import { FsError } from './error.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';

const brand = '~mountkit.secret';
const inspect = Symbol.for('nodejs.util.inspect.custom');
const redacted = '[redacted]';

/** A credential that prints as `[redacted]` everywhere and is handed out only for the origin it is meant for. */
export interface Secret {
  readonly [brand]: 1;
  /**
   * The value, for a request to `url`.
   * @throws {@link FsError} EACCES when the secret is scoped to another origin.
   */
  reveal(url: string): MaybePromise<string>;
  /** The same secret for requests below `prefix` (an absolute URL) only. */
  scopedTo(prefix: string): Secret;
  toString(): string;
  toJSON(): string;
}

/** Wraps a credential: its value, or a function that gives the current one each time (for tokens that are renewed). */
export function createSecret(value: string | (() => MaybePromise<string>), scope?: string): Secret {
  const prefix = scope === undefined ? undefined : new URL(scope);
  const secret = {
    [brand]: 1 as const,
    reveal(url: string): MaybePromise<string> {
      if (prefix !== undefined && !covers(prefix, new URL(url))) {
        throw new FsError('EACCES', {
          op: 'authorize',
          reason: 'auth',
          detail: 'the credential belongs to another origin',
        });
      }
      return typeof value === 'string' ? value : chain(value(), (text) => text);
    },
    scopedTo: (narrower: string): Secret => createSecret((): MaybePromise<string> => secret.reveal(narrower), narrower),
    toString: (): string => redacted,
    toJSON: (): string => redacted,
    [inspect]: (): string => redacted,
  };
  return Object.freeze(secret);
}

/** Whether `value` is a {@link Secret}, of this copy of the package or of another one. */
export function isSecret(value: unknown): value is Secret {
  return typeof value === 'object' && value !== null && (value as Record<string, unknown>)[brand] === 1;
}

function covers(prefix: URL, url: URL): boolean {
  if (prefix.origin !== url.origin) return false;
  const path = prefix.pathname.endsWith('/') ? prefix.pathname : `${prefix.pathname}/`;
  return url.pathname.startsWith(path) || `${url.pathname}/` === path;
}
