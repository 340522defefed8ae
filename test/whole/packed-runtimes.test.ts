import { type GitHubServer, generate, startGitHubServer } from '@mountkit/test-github-server';
import { type FaultServer, startFaultServer } from '@mountkit/test-http-server';
import { type S3Server, startS3Server } from '@mountkit/test-s3-server';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consumer, installPacked } from './packed-consumer.ts';
import { runtimes } from './runtimes.ts';

const run = promisify(execFile);

const tree: Readonly<Record<string, string>> = {
  'README.md': '# A tree\n',
  'docs/deep/er/note.txt': 'deep\n',
  'docs/plus+and space.txt': 'a name\n',
  'empty.txt': '',
};

/** Walks every mount of `MOUNTS` and prints what each file holds. */
const walk = `
  const ns = await load({ mounts: JSON.parse(process.env.MOUNTS) });
  const read = {};
  const visit = async (directory) => {
    for (const { name, type } of await ns.readdir(directory)) {
      const path = directory + '/' + name;
      if (type === 'directory') await visit(path);
      else read[path] = new TextDecoder().decode(await ns.readFile(path));
    }
  };
  for (const { path } of ns.mounts()) await visit(path);
  await ns.close();
  console.log(JSON.stringify([process.version, read]));`;

describe('the packed packages, on every supported Node', () => {
  let consumer: Consumer;
  let github: GitHubServer;
  let s3: S3Server;
  let http: FaultServer;
  let env: Record<string, string>;
  let removeRepository: () => Promise<void>;

  beforeAll(async () => {
    const repository = await generate(async (into) => {
      const changes = Object.entries(tree).map(([path, content]) => ({ path, mode: '100644' as const, content }));
      await into.commit({ ref: 'refs/heads/main', message: 'All\n', changes });
    });
    removeRepository = repository.remove;
    [consumer, github, s3, http] = await Promise.all([
      installPacked(),
      startGitHubServer(),
      startS3Server(),
      startFaultServer({ files: tree }),
    ]);
    github.addRepository('o/tree', { gitDir: repository.gitDir });
    const bucket = s3.createBucket('tree');
    for (const [path, content] of Object.entries(tree)) bucket.put(path, content);
    const mounts = {
      '/github': { type: 'github', repo: 'o/tree', baseUrl: github.url },
      '/http': { type: 'http', url: http.url },
      '/s3': { type: 's3', bucket: 'tree', endpoint: s3.url },
    };
    env = {
      MOUNTS: JSON.stringify(mounts),
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'testsecret',
      AWS_REGION: 'us-east-1',
      NODE_NO_WARNINGS: '1',
    };
  });
  afterAll(async () => {
    await Promise.all([github.close(), s3.close(), http.stop(), removeRepository(), consumer.remove()]);
  });

  const entries = (): readonly string[] => consumer.packages.flatMap((each) => each.entries);
  const expected = (): unknown =>
    Object.fromEntries(
      ['/github', '/http', '/s3'].flatMap((mount) =>
        Object.entries(tree).map(([path, content]) => [`${mount}/${path}`, content]),
      ),
    );

  describe.each(runtimes)('$name', ({ node, tsc, nodeTypes, missing }) => {
    const reason = missing === undefined ? '' : `(${missing})`;

    it.skipIf(missing !== undefined)(`imports every entry and reads three trees ${reason}`, async () => {
      const { stdout } = await run(node, ['--version']);
      const imports = entries().map((entry) => `await import('${entry}');`);
      const source = `${imports.join('\n')}\nconst { load } = await import('mountkit');${walk}`;
      expect(JSON.parse(await consumer.script(source, { node, env }))).toEqual([stdout.trim(), expected()]);
    });

    it.skipIf(missing !== undefined)(`requires every entry from CommonJS ${reason}`, async () => {
      const requires = entries().map(
        (entry) => `if (Object.keys(require('${entry}')).length === 0) throw new Error();`,
      );
      const source = `${requires.join('\n')}\nconst { load } = require('mountkit');\n(async () => {${walk}})();`;
      const [, read] = JSON.parse(await consumer.script(source, { node, env, kind: 'commonjs' })) as [string, unknown];
      expect(read).toEqual(expected());
    });

    it.skipIf(missing !== undefined)(`runs the command ${reason}`, async () => {
      const bin = join(consumer.directory, 'node_modules', 'mountkit', 'bin', 'mountkit.js');
      const words = [bin, 'cat', '/w/docs/deep/er/note.txt', '--github-url', github.url, '-m', '/w=github:o/tree'];
      expect(await run(node, words, { cwd: consumer.directory })).toEqual({ stdout: 'deep\n', stderr: '' });
    });

    // With @types/node 20 and exactOptionalPropertyTypes, TypeScript 6 and 7 find fault with @types/node itself (TS2320 in https.d.ts): there a project needs skipLibCheck.
    it.skipIf(missing !== undefined)(`type-checks every entry without skipLibCheck ${reason}`, async () => {
      const imports = entries().map((entry, index) => `export * as entry${index} from '${entry}';`);
      const use = `
        import { load, type Namespace, FsError } from 'mountkit';
        import { createFileSystem } from 'mountkit/github';
        import { mountkitBash } from '@mountkit/just-bash';
        export async function use(): Promise<string> {
          const ns: Namespace = await load({ mounts: { '/w': 'github:o/r@main' } });
          ns.mount('/x', await createFileSystem({ repo: 'o/r' }));
          if (new FsError('ENOENT', { op: 'stat' }).code !== 'ENOENT') throw new Error();
          return (await mountkitBash({ namespace: ns }).exec('ls')).stdout;
        }`;
      const compilerOptions = { exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
      const found = await consumer.typeCheck(`${imports.join('\n')}${use}`, { tsc, nodeTypes, compilerOptions });
      expect(found).toBe('');
    });
  });

  it('tells a project that uses an entry wrongly', async () => {
    const source = `import { load } from 'mountkit';\nexport const wrong: string = load({ mounts: 1 });\n`;
    expect(await consumer.typeCheck(source)).toMatch(/consumer\.mts\(2,\d+\): error TS/);
  });
});
