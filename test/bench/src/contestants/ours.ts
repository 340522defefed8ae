import { mountkitBash } from '@mountkit/just-bash';
import { load, type LoadedNamespace, walk } from 'mountkit';
import type { OriginKind, Target } from '../origin/target.ts';
import type { Contestant, Files } from './contestant.ts';

const mountPoint = '/w';

/** mountkit as a program uses it: `load`, then the namespace. */
export const namespace: Contestant = {
  id: 'mountkit',
  title: 'mountkit',
  side: 'ours',
  host: 'program',
  origin: (wanted) => wanted,
  prepare: async () => async (target, origin) => {
    const ns = await mounted(target, origin);
    return {
      files: filesOf(ns),
      async close() {
        await ns.close();
      },
    };
  },
};

/** mountkit in the just-bash shell. */
export const inShell: Contestant = {
  id: 'mountkit-shell',
  title: 'mountkit in just-bash',
  side: 'ours',
  host: 'shell',
  origin: (wanted) => wanted,
  prepare: async () => async (target, origin) => {
    const ns = await mounted(target, origin);
    const bash = mountkitBash({ namespace: ns });
    return {
      shell: async (command) => (await bash.exec(command)).stdout,
      async close() {
        await ns.close();
      },
    };
  },
};

function mounted({ github, http }: Target, origin: OriginKind): Promise<LoadedNamespace> {
  const { owner, name, commit, apiUrl } = github;
  const mount =
    origin === 'github'
      ? { type: 'github', repo: `${owner}/${name}`, ref: commit, baseUrl: apiUrl }
      : { type: 'http', url: http.url };
  return load({ mounts: { [mountPoint]: mount } });
}

function filesOf(ns: LoadedNamespace): Files {
  const at = (path: string): string => `${mountPoint}/${path}`;
  return {
    readFile: async (path) => ns.readFile(at(path)),
    async walk() {
      const paths: string[] = [];
      for await (const { path, type } of walk(ns, at('notes'))) {
        if (type === 'file') paths.push(path.slice(mountPoint.length + 1));
      }
      return paths;
    },
    async open(path) {
      const file = await ns.open(at(path));
      const { size } = await file.stat();
      return {
        size,
        read: async (start, end) => file.read(start, end - start),
        close: async () => file.close(),
      };
    },
  };
}
