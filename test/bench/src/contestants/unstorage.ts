import { importPeers } from '../peers.ts';
import type { Contestant } from './contestant.ts';

interface Storage {
  getKeys(): Promise<readonly string[]>;
  getItem(key: string): Promise<unknown>;
  getItemRaw(key: string): Promise<unknown>;
  dispose(): Promise<void>;
}

interface UnstorageModule {
  createStorage(options: { readonly driver: unknown }): Storage;
}

interface DriverModule {
  readonly default: (options: Readonly<Record<string, unknown>>) => unknown;
}

/** unstorage's github and http drivers, many keys at once where many are wanted. */
export const unstorage: Contestant = {
  id: 'unstorage',
  title: 'unstorage',
  side: 'peer',
  host: 'program',
  origin: (wanted) => wanted,
  async prepare() {
    const peers = await importPeers();
    const { createStorage } = (await peers.unstorage()) as UnstorageModule;
    const github = ((await peers.unstorageGithub()) as DriverModule).default;
    const http = ((await peers.unstorageHttp()) as DriverModule).default;
    return async (target, origin) => {
      const { owner, name, commit, apiUrl, rawUrl } = target.github;
      const storage = createStorage({
        driver:
          origin === 'github'
            ? github({ repo: `${owner}/${name}`, branch: commit, apiURL: apiUrl, cdnURL: rawUrl })
            : http({ base: target.http.url }),
      });
      const keyOf = (path: string): string => path.replaceAll('/', ':');
      const readFile = async (path: string): Promise<Uint8Array> =>
        bytesOf(await (origin === 'github' ? storage.getItem(keyOf(path)) : storage.getItemRaw(keyOf(path))));
      const walk = async (): Promise<readonly string[]> =>
        (await storage.getKeys()).map((key) => key.replaceAll(':', '/')).filter((path) => path.startsWith('notes/'));
      return {
        files: {
          readFile,
          readAll: (paths) => Promise.all(paths.map((path) => readFile(path))),
          // Its http driver lists what another unstorage serves, and nothing else.
          walk: origin === 'github' ? walk : undefined,
        },
        close: () => storage.dispose(),
      };
    };
  },
};

async function bytesOf(value: unknown): Promise<Uint8Array> {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Blob) return new Uint8Array(await value.arrayBuffer());
  if (typeof value === 'string') return Buffer.from(value);
  throw new Error(`not a file: ${typeof value}`);
}
