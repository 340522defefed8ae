import { needle, needleLines, notes, sha256, type TextFile } from '../content.ts';
import type { Files } from '../contestants/contestant.ts';
import type { Wire } from '../contestants/wire.ts';
import type { Target } from '../origin/target.ts';
import type { Scale } from '../scale.ts';
import { NotPossible, type Workload } from './workload.ts';

const originName = { github: 'GitHub', http: 'HTTP' } as const;
const rawBlob = { accept: 'application/vnd.github.raw+json' };

/** Workloads over many small files, on one of the origins. */
export function treeWorkloads(origin: 'github' | 'http'): readonly Workload[] {
  const filesOf = (scale: Scale): readonly TextFile[] => notes(origin === 'github' ? scale.repository : scale.tree);
  const about = (scale: Scale): TextFile => {
    const files = filesOf(scale);
    return files[Math.floor(files.length / 2)] ?? { path: '', text: '' };
  };
  const name = originName[origin];
  const allBytes = (scale: Scale): number => filesOf(scale).reduce((sum, { text }) => sum + text.length, 0);
  const grepped = (stdout: string): string =>
    sha256(
      lines(stdout)
        .map((line) => line.replace(/:\d+:/, ':'))
        .sort()
        .join('\n'),
    );
  const grep: Omit<Workload, 'id' | 'title' | 'shell'> = {
    origin,
    async files(files, scale) {
      const found: string[] = [];
      const paths = await walked(files);
      const whole = await files.readAll?.(paths);
      for (const [index, path] of paths.entries()) {
        const text = new TextDecoder().decode(whole?.[index] ?? (await files.readFile(path)));
        found.push(...needleLines([{ path, text }], '/w'));
      }
      void scale;
      return grepped(found.join('\n'));
    },
    async limit(wire, target) {
      const listed = await (origin === 'github' ? listRepository(wire, target) : listTree(wire, target));
      const bytes = await wire.getAll(
        listed.map(({ url }) => url),
        origin === 'github' ? rawBlob : {},
      );
      const found = listed.map(({ path }, index) => ({ path, text: String(bytes[index]) }));
      return grepped(needleLines(found, '/w').join('\n'));
    },
    expected: (scale) => grepped(needleLines(filesOf(scale), '/w').join('\n')),
    neededBytes: allBytes,
  };
  const names = {
    origin,
    files: async (files: Files) => basenames(await walked(files)),
    async limit(wire: Wire, target: Target) {
      const listed = await (origin === 'github' ? listRepository(wire, target) : listTree(wire, target));
      return basenames(listed.map(({ path }) => path));
    },
    expected: (scale: Scale) => basenames(filesOf(scale).map(({ path }) => path)),
    neededBytes: () => 0,
  };
  return [
    {
      id: `${origin}-cat`,
      title: `\`cat\` of one file, ${name}`,
      origin,
      shell: { command: (scale) => `cat /w/${about(scale).path}`, answer: (stdout) => sha256(stdout) },
      files: async (files, scale) => sha256(await files.readFile(about(scale).path)),
      async limit(wire, { scale, github: { apiUrl, owner, name: repository, commit }, http }) {
        const { path } = about(scale);
        if (origin === 'http') return sha256(await wire.get(http.url + path));
        return sha256(await wire.get(`${apiUrl}/repos/${owner}/${repository}/contents/${path}?ref=${commit}`, rawBlob));
      },
      expected: (scale) => sha256(about(scale).text),
      neededBytes: (scale) => about(scale).text.length,
    },
    {
      ...names,
      id: `${origin}-ls`,
      title: `\`ls -R\`, ${name}`,
      shell: { command: () => 'ls -R /w/notes', answer: (stdout) => basenames(lines(stdout)) },
    },
    {
      ...names,
      id: `${origin}-find`,
      title: `\`find\`, ${name}`,
      shell: { command: () => "find /w/notes -type f -name '*.txt'", answer: (stdout) => basenames(lines(stdout)) },
    },
    {
      ...grep,
      id: `${origin}-grep`,
      title: `\`grep -r\`, ${name}`,
      shell: { command: () => `grep -r ${needle} /w/notes`, answer: grepped },
    },
    ...(origin === 'http'
      ? [
          {
            ...grep,
            id: `${origin}-rg`,
            title: `\`rg\`, ${name}`,
            shell: { command: () => `rg ${needle} /w/notes`, answer: grepped },
          },
        ]
      : []),
  ];
}

async function walked({ walk }: Files): Promise<readonly string[]> {
  if (walk === undefined) throw new NotPossible('lists no plain web server');
  return [...(await walk())].sort();
}

interface Listed {
  readonly path: string;
  readonly url: string;
}

async function listRepository(
  wire: Wire,
  { github: { apiUrl, owner, name, commit } }: Target,
): Promise<readonly Listed[]> {
  const base = `${apiUrl}/repos/${owner}/${name}/git`;
  const { tree } = JSON.parse(String(await wire.get(`${base}/trees/${commit}?recursive=1`))) as {
    readonly tree: readonly { readonly path: string; readonly type: string; readonly sha: string }[];
  };
  return tree.filter(({ type }) => type === 'blob').map(({ path, sha }) => ({ path, url: `${base}/blobs/${sha}` }));
}

async function listTree(wire: Wire, { http: { url } }: Target): Promise<readonly Listed[]> {
  const read = async (directory: string): Promise<readonly Listed[]> => {
    const page = String(await wire.get(url + directory));
    const names = [...page.matchAll(/<a href="([^"]+)">/g)]
      .map(([, name = '']) => name)
      .filter((name) => name !== '../');
    const parts = await Promise.all(
      names.map(async (name) => {
        const path = directory + name;
        return name.endsWith('/') ? read(path) : [{ path, url: url + path }];
      }),
    );
    return parts.flat();
  };
  return read('notes/');
}

function lines(stdout: string): string[] {
  return stdout.split('\n').filter((line) => line !== '');
}

/** The names of the notes among some lines or paths, in one word. */
function basenames(paths: readonly string[]): string {
  const names = paths.map((path) => path.slice(path.lastIndexOf('/') + 1)).filter((name) => name.endsWith('.txt'));
  return `${names.length} ${sha256(names.sort().join('\n'))}`;
}
