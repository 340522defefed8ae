import { Bash, type FsStat, type IFileSystem, InMemoryFs, MountableFs } from 'just-bash';
import type { Target } from '../origin/target.ts';
import type { Contestant } from './contestant.ts';

/** What a plain adapter asks of a remote: one request an operation. */
interface Remote {
  stat(path: string): Promise<{ readonly isDirectory: boolean; readonly size: number } | undefined>;
  list(path: string): Promise<readonly { readonly name: string; readonly isDirectory: boolean }[]>;
  read(path: string): Promise<Uint8Array>;
}

/** just-bash's own `MountableFs` over an adapter as its users write one: `fetch`, one request an operation, no cache. */
export const stockMount: Contestant = {
  id: 'just-bash',
  title: "just-bash's MountableFs over a plain adapter",
  side: 'peer',
  host: 'shell',
  origin: (wanted) => wanted,
  prepare: async () => async (target, origin) => {
    const remote = origin === 'github' ? githubRemote(target) : httpRemote(target);
    const fs = new MountableFs({ base: new InMemoryFs(), mounts: [{ mountPoint: '/w', filesystem: adapter(remote) }] });
    // Its defence in depth takes `fetch` away from an adapter.
    const bash = new Bash({ fs, defenseInDepth: false });
    return { shell: async (command) => (await bash.exec(command)).stdout, close: async () => undefined };
  },
};

function githubRemote({ github: { apiUrl, owner, name, commit } }: Target): Remote {
  const ask = (path: string, accept: string): Promise<Response> =>
    fetch(`${apiUrl}/repos/${owner}/${name}/contents${path === '/' ? '' : path}?ref=${commit}`, {
      headers: { accept },
    });
  const json = 'application/vnd.github+json';
  return {
    async stat(path) {
      const answer = await ask(path, json);
      const body: unknown = await answer.json();
      if (answer.status === 404) return undefined;
      if (Array.isArray(body)) return { isDirectory: true, size: 0 };
      return { isDirectory: false, size: (body as { readonly size: number }).size };
    },
    async list(path) {
      const answer = await ask(path, json);
      const body = (await answer.json()) as readonly { readonly name: string; readonly type: string }[];
      return body.map(({ name: child, type }) => ({ name: child, isDirectory: type === 'dir' }));
    },
    async read(path) {
      const answer = await ask(path, 'application/vnd.github.raw+json');
      return new Uint8Array(await answer.arrayBuffer());
    },
  };
}

function httpRemote({ http: { url } }: Target): Remote {
  const urlOf = (path: string): string => url + path.slice(1);
  return {
    async stat(path) {
      const answer = await fetch(urlOf(path), { method: 'HEAD', redirect: 'manual' });
      if (answer.status === 404) return undefined;
      const isDirectory = answer.status === 301 || path === '/';
      return { isDirectory, size: Number(answer.headers.get('content-length') ?? 0) };
    },
    async list(path) {
      const answer = await fetch(`${urlOf(path)}${path === '/' ? '' : '/'}`);
      const page = await answer.text();
      return [...page.matchAll(/<a href="([^"/]+)(\/?)">/g)]
        .filter(([, name]) => name !== '..')
        .map(([, name = '', slash]) => ({ name, isDirectory: slash === '/' }));
    },
    async read(path) {
      const answer = await fetch(urlOf(path));
      return new Uint8Array(await answer.arrayBuffer());
    },
  };
}

function adapter(remote: Remote): IFileSystem {
  const refuse = (): Promise<never> => Promise.reject(new Error('EROFS: read-only file system'));
  const stat = async (path: string): Promise<FsStat> => {
    const found = await remote.stat(path);
    if (found === undefined) throw new Error(`ENOENT: no such file or directory, stat '${path}'`);
    const { isDirectory, size } = found;
    return {
      isFile: !isDirectory,
      isDirectory,
      isSymbolicLink: false,
      mode: isDirectory ? 0o755 : 0o644,
      size,
      mtime: new Date(0),
    };
  };
  return {
    readFile: async (path) => new TextDecoder().decode(await remote.read(path)),
    readFileBuffer: (path) => remote.read(path),
    exists: async (path) => (await remote.stat(path)) !== undefined,
    stat,
    lstat: stat,
    readdir: async (path) => (await remote.list(path)).map(({ name }) => name),
    readdirWithFileTypes: async (path) =>
      (await remote.list(path)).map(({ name, isDirectory }) => ({
        name,
        isFile: !isDirectory,
        isDirectory,
        isSymbolicLink: false,
      })),
    resolvePath: (base, path) => new URL(path, `file://${base}/`).pathname,
    getAllPaths: () => [],
    realpath: async (path) => path,
    readlink: () => Promise.reject(new Error('EINVAL: invalid argument, readlink')),
    writeFile: refuse,
    appendFile: refuse,
    mkdir: refuse,
    rm: refuse,
    cp: refuse,
    mv: refuse,
    chmod: refuse,
    symlink: refuse,
    link: refuse,
    utimes: refuse,
  };
}
