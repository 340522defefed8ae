import type { GitHubServer } from '@mountkit/test-github-server';

/** One kind of trouble with an origin, and what becomes of it. */
export interface FaultRow {
  readonly fault: string;
  /** Breaks the server. @returns how it is mended. */
  readonly inject: (server: GitHubServer) => Promise<() => Promise<void>>;
  readonly code: string;
  readonly reason: string | undefined;
  /** The exit code of the command. */
  readonly exit: number;
  /** What the command's standard error says behind the code, the operation and the path. */
  readonly detail: string;
}

function refuse(status: number, headers: Record<string, string> = {}, body?: object): FaultRow['inject'] {
  return async (server) => {
    const fault = server.fault({ kind: 'status', status, headers, ...(body !== undefined && { body }) });
    return async () => fault.remove();
  };
}

function damage(kind: 'cut-body' | 'flip-bit' | 'endless-body' | 'silent'): FaultRow['inject'] {
  return async (server) => {
    const fault = server.fault({ kind, match: ({ route }) => /blob|raw|contents/.test(route) });
    return async () => fault.remove();
  };
}

const later = (): string => `${Math.ceil(Date.now() / 1000) + 3600}`;

/** Every row is a test through the library and one through the command; the table of the README is written from it. */
export const faultTable: readonly FaultRow[] = [
  {
    fault: 'outage: nothing listens',
    inject: async (server) => {
      await server.down();
      return () => server.up();
    },
    code: 'EIO',
    reason: 'unavailable',
    exit: 74,
    detail: 'cannot be reached',
  },
  { fault: '401', inject: refuse(401), code: 'EACCES', reason: 'auth', exit: 74, detail: 'does not accept the token' },
  { fault: '403', inject: refuse(403), code: 'EACCES', reason: 'auth', exit: 74, detail: 'token' },
  {
    fault: '403, single sign-on',
    inject: refuse(403, { 'x-github-sso': 'required; url=https://github.com/orgs/o/sso?authorization_request=A' }),
    code: 'EACCES',
    reason: 'auth',
    exit: 74,
    detail: 'single sign-on',
  },
  { fault: '404', inject: refuse(404), code: 'EACCES', reason: 'auth', exit: 74, detail: 'private' },
  {
    fault: '403, primary limit',
    inject: async (server) =>
      refuse(
        403,
        { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': later() },
        { message: 'API rate limit exceeded' },
      )(server),
    code: 'EIO',
    reason: 'throttled',
    exit: 74,
    detail: 'rate',
  },
  {
    fault: '429, Retry-After',
    inject: refuse(429, { 'retry-after': '3600' }, { message: 'You have exceeded a secondary rate limit' }),
    code: 'EIO',
    reason: 'throttled',
    exit: 74,
    detail: 'rate',
  },
  { fault: '451', inject: refuse(451), code: 'EACCES', reason: undefined, exit: 74, detail: 'legal' },
  { fault: '500', inject: refuse(500), code: 'EIO', reason: 'unavailable', exit: 74, detail: 'answered 500' },
  { fault: '503', inject: refuse(503), code: 'EIO', reason: 'unavailable', exit: 74, detail: 'answered 503' },
  {
    fault: 'body cut short',
    inject: damage('cut-body'),
    code: 'EIO',
    reason: 'unavailable',
    exit: 74,
    detail: 'broke off',
  },
  { fault: 'a flipped bit', inject: damage('flip-bit'), code: 'EIO', reason: 'integrity', exit: 74, detail: ': ' },
  { fault: 'endless body', inject: damage('endless-body'), code: 'EIO', reason: 'integrity', exit: 74, detail: ': ' },
  {
    fault: 'silent server',
    inject: damage('silent'),
    code: 'ETIMEDOUT',
    reason: 'timeout',
    exit: 74,
    detail: 'timed out',
  },
];
