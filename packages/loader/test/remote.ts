import {
  type BackendContext,
  type BackendDefinition,
  type Capabilities,
  declareCapabilities,
  defineBackend,
  type FsBackend,
  FsError,
  type Secret,
} from '@mountkit/core';
import { z } from 'zod';

/** Options of the backend 'remote', made for tests: it has secrets, nested options, a short form and revisions. */
export interface RemoteOptions {
  readonly repo: string;
  readonly ref?: string;
  readonly token?: Secret | string;
  readonly auth?: { readonly key?: Secret };
  readonly limits?: { readonly concurrency?: number };
  /** An instance: no editor can write it, so the JSON Schema leaves it out. */
  readonly client?: object;
}

const fields = {
  repo: z.string().regex(/^\w+\/\w+$/, "a repository, 'owner/name'"),
  ref: z.string().optional(),
  token: z.unknown().optional(),
  auth: z.strictObject({ key: z.unknown().optional() }).optional(),
  limits: z.strictObject({ concurrency: z.int().min(1, 'at least 1').optional() }).optional(),
};

/** What a {@link remoteDefinition} noted. */
export interface RemoteLog {
  readonly made: { readonly options: RemoteOptions; readonly context: BackendContext }[];
  readonly calls: string[];
  closed: number;
}

/** The definition of 'remote', whose backends do what `verbs` say and note what happens in `log`. */
export function remoteDefinition(
  verbs: (options: RemoteOptions) => Partial<FsBackend> = () => ({}),
  capabilities: Partial<Capabilities> = {},
): {
  readonly definition: BackendDefinition<RemoteOptions>;
  readonly log: RemoteLog;
  /** The backend without the verbs of a test. */
  backend(): FsBackend;
} {
  const log: RemoteLog = { made: [], calls: [], closed: 0 };
  const plain = (repo: string): FsBackend => ({
    abi: 1,
    id: `remote:${repo}`,
    capabilities: declareCapabilities({ ranges: true, versions: 'strong', revisions: true, ...capabilities }),
    stat: (path) => {
      log.calls.push(`stat ${path}`);
      return { path: '', type: 'directory', size: 0, sizeKind: 'exact' };
    },
    list: (path) => {
      log.calls.push(`list ${path}`);
      return { entries: [] };
    },
    read: (path) => {
      throw new FsError('ENOENT', { op: 'read', path });
    },
    resolve: () => {
      log.calls.push('resolve');
      return { id: 'revision-1' };
    },
    at: () => {
      throw new FsError('ENOTSUP', { op: 'at' });
    },
    close: () => void (log.closed += 1),
  });
  const definition = defineBackend<RemoteOptions>({
    type: 'remote',
    schema: z.strictObject({
      ...fields,
      client: z.unknown().optional(),
    }) as unknown as BackendDefinition<RemoteOptions>['schema'],
    jsonSchema: () => z.toJSONSchema(z.strictObject(fields), { io: 'input', unrepresentable: 'any' }),
    secrets: ['/token', '/auth/key'],
    shorthand: {
      schemes: ['remote', 'rem'],
      parse(source) {
        const [, repo, ref] = /^rem(?:ote)?:(\w+\/\w+)(?:@(\w+))?$/.exec(source) ?? [];
        if (repo === undefined)
          throw new FsError('EINVAL', { op: 'parse', detail: 'it is written remote:owner/name[@ref]' });
        return { repo, ...(ref !== undefined && { ref }) };
      },
    },
    origins: ({ repo }) => [`https://${repo.split('/')[0]}.test`],
    create(options, context) {
      log.made.push({ options, context });
      return { ...plain(options.repo), ...verbs(options) };
    },
  });
  return { definition, log, backend: () => plain('a/b') };
}

/** What a call ended in: its error. */
export async function errorOf(call: () => unknown): Promise<FsError> {
  try {
    await call();
  } catch (error) {
    return error as FsError;
  }
  throw new Error('the call did not fail');
}
