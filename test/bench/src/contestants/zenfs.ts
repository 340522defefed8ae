import { importPeers } from '../peers.ts';
import type { Contestant } from './contestant.ts';

interface FileHandle {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  close(): Promise<void>;
}

interface ZenfsModule {
  readonly Fetch: object;
  resolveMountConfig(config: object): Promise<object>;
  mount(path: string, fs: object): void;
  umount(path: string): void;
  readonly fs: {
    readonly promises: {
      readFile(path: string): Promise<Uint8Array>;
      readdir(path: string, options: { readonly recursive: true }): Promise<readonly string[]>;
      stat(path: string): Promise<{ readonly size: number }>;
      open(path: string, flag: 'r'): Promise<FileHandle>;
    };
  };
}

/** ZenFS's Fetch backend, over an index of all files and without its preload of every file. */
export const zenfs: Contestant = {
  id: 'zenfs',
  title: 'ZenFS Fetch, from an index',
  side: 'peer',
  host: 'program',
  origin: (wanted) => (wanted === 'http' ? wanted : { reason: 'has no GitHub backend' }),
  async prepare() {
    const peers = await importPeers();
    const { Fetch, resolveMountConfig, mount, umount, fs } = (await peers.zenfs()) as ZenfsModule;
    const at = (path: string): string => `/w/${path}`;
    return async ({ http }) => {
      const config = { backend: Fetch, baseUrl: http.url, index: http.indexUrl, disableAsyncCache: true };
      mount('/w', await resolveMountConfig(config));
      return {
        files: {
          readFile: (path) => fs.promises.readFile(at(path)),
          async walk() {
            const names = await fs.promises.readdir(at('notes'), { recursive: true });
            return names.filter((name) => name.endsWith('.txt')).map((name) => `notes/${name}`);
          },
          async open(path) {
            const { size } = await fs.promises.stat(at(path));
            const handle = await fs.promises.open(at(path), 'r');
            return {
              size,
              async read(start, end) {
                const buffer = new Uint8Array(end - start);
                const { bytesRead } = await handle.read(buffer, 0, end - start, start);
                return buffer.subarray(0, bytesRead);
              },
              close: () => handle.close(),
            };
          },
        },
        close: async () => umount('/w'),
      };
    };
  },
};
