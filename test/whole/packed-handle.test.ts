import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installOtherCopy } from './other-copy.ts';
import { type Consumer, installPacked } from './packed-consumer.ts';

describe('the handle of packed packages', () => {
  let consumer: Consumer;

  beforeAll(async () => {
    consumer = await installPacked();
    await installOtherCopy(consumer, 42);
  });
  afterAll(() => consumer.remove());

  /** Runs a script that fills `told`, and gives what it told. */
  const told = async (source: string, flags: readonly string[] = []): Promise<unknown> =>
    JSON.parse(
      await consumer.script(
        `const told = {};
        const errorOf = async (call) => { try { await call(); } catch (error) { return error; } };
        ${source}
        console.log(JSON.stringify(told));`,
        { flags },
      ),
    );

  const bothCopies = `
    import * as ours from 'mountkit';
    import { FsError, handleKey, handleVersion, importHandle, isFsError } from '@mountkit/core';
    import { createFileSystem } from '@mountkit/vfs';
    import * as theirs from './elsewhere/index.js';
    const files = { '/docs/a.txt': 'a', '/docs/b.txt': 'bb', '/link': { symlink: 'docs/b.txt' } };
    const codeOf = async (call) => (await errorOf(call))?.code ?? 'ok';
    const everything = async (fs) => {
      const all = [];
      for await (const { path, type, size } of ours.walk(fs, '/')) all.push([path, type, size]);
      return all;
    };`;

  describe('between two copies of @mountkit/core at different minors', () => {
    it('mounts what the other copy made, either way', async () => {
      const found = (await told(`${bothCopies}
        told.versions = [handleVersion, theirs.handleVersion].map(({ abi }) => abi);
        told.minors = handleVersion.minor !== theirs.handleVersion.minor;
        const their = theirs.createFileSystem({ lower: theirs.createMemoryBackend(files) });
        const our = createFileSystem({ lower: ours.createMemoryBackend(files) });
        told.plain = await everything(our);
        const here = ours.createNamespace();
        here.mount('/far', their);
        const there = theirs.createNamespace();
        there.mount('/far', our);
        told.here = await everything(here.at('/far'));
        told.there = await everything(there.at('/far'));
        told.text = [await ours.readText(here, '/far/link'), await ours.readText(there, '/far/link')];
        const file = await here.open('/far/docs/b.txt');
        told.part = [...(await file.read(1, 5))];
        await file.close();
        await here.close(); await there.close();
        told.closed = [await codeOf(() => their.stat('/')), await codeOf(() => our.stat('/'))];`)) as Record<
        string,
        unknown
      >;
      expect(found).toEqual({
        versions: [1, 1],
        minors: true,
        plain: found['plain'],
        here: found['plain'],
        there: found['plain'],
        text: ['bb', 'bb'],
        part: ['b'.codePointAt(0)],
        closed: ['EBADF', 'EBADF'],
      });
      expect(found['plain']).toHaveLength(4);
    });

    it('answers ENOTSUP for the optional operation that the other lacks, and passes over the one it does not know', async () => {
      expect(
        await told(`${bothCopies}
          const their = theirs.createFileSystem({ lower: theirs.createMemoryBackend(files) });
          const imported = importHandle(their);
          told.has = [typeof their[handleKey].ops.statfs, their[handleKey].ops.teleport()];
          told.statfs = await codeOf(() => imported.statfs('/'));
          told.unknown = 'teleport' in imported;
          told.stat = (await imported.stat('/docs/a.txt')).size;
          const ns = ours.createNamespace();
          ns.mount('/far', their);
          told.mounted = await codeOf(() => ns.statfs('/far/docs/a.txt'));
          await ns.close();
          told.stillOpen = await codeOf(() => imported.stat('/'));
          await imported.close();
          told.afterClose = [await codeOf(() => imported.stat('/')), await codeOf(() => their.stat('/'))];`),
      ).toEqual({
        has: ['undefined', 'elsewhere'],
        statfs: 'ENOTSUP',
        unknown: false,
        stat: 1,
        mounted: 'ENOTSUP',
        stillOpen: 'ok',
        afterClose: ['EBADF', 'EBADF'],
      });
    });

    it('takes errors of the other copy for its own, at the path that was asked for', async () => {
      expect(
        await told(`${bothCopies}
          const ns = ours.createNamespace();
          ns.mount('/far', theirs.createFileSystem({ lower: theirs.createMemoryBackend(files) }));
          const error = await errorOf(() => ns.readFile('/far/docs/none'));
          told.error = [error instanceof FsError, error.code, error.path, error.op];
          const foreign = await errorOf(() => theirs.createNamespace().unmount('/x'));
          told.foreign = [foreign instanceof FsError, isFsError(foreign), ours.isFsError(foreign)];
          const stop = new AbortController();
          stop.abort();
          told.aborted = await codeOf(() => ns.readFile('/far/docs/a.txt', { signal: stop.signal }));
          await ns.close();`),
      ).toEqual({
        error: [true, 'ENOENT', '/far/docs/none', 'readFile'],
        foreign: [false, true, true],
        aborted: 'ECANCELED',
      });
    });

    it('type-checks: a filesystem of the other copy is something to mount', async () => {
      const source = `
        import { createNamespace } from 'mountkit';
        import { importHandle, type FileSystem, type VersionedHandle } from '@mountkit/core';
        import { createFileSystem, createMemoryBackend, createNamespace as createTheirs } from './elsewhere/index.js';
        const ns = createNamespace();
        ns.mount('/far', createFileSystem({ lower: createMemoryBackend({}) }));
        createTheirs().mount('/back', ns);
        export const handle: VersionedHandle = createTheirs();
        export const imported: FileSystem = importHandle(handle);
        // @ts-expect-error: the types of the other copy are known, not any
        export const wrong: number = createTheirs();`;
      expect(await consumer.typeCheck(source, { compilerOptions: { allowJs: true } })).toBe('');
    });
  });

  it('is refused at another major version or without a mandatory operation, and the error names both versions', async () => {
    const found = await told(`${bothCopies}
      const table = theirs.createFileSystem({ lower: theirs.createMemoryBackend(files) })[handleKey];
      const messageOf = (changes) => {
        const counts = { users: 0 };
        const given = { [handleKey]: { ...table, ...changes, retain: () => { counts.users += 1; } } };
        try { ours.createNamespace().mount('/far', given); return 'mounted'; }
        catch (error) { return [error.code, error.message.split(': ').at(-1), counts.users]; }
      };
      told.own = handleVersion.minor;
      told.major = messageOf({ abi: 2 });
      told.lacking = messageOf({ ops: { ...table.ops, readdir: undefined, open: undefined } });
      told.fits = messageOf({});`);
    const { own } = found as { readonly own: number };
    expect(found).toEqual({
      own,
      major: ['EINVAL', "the handle of 'mountkit' has version 2.42, this mountkit takes 1", 0],
      lacking: [
        'EINVAL',
        `the handle of 'mountkit' has version 1.42 and lacks readdir, open, which version 1.${own} of this mountkit needs`,
        0,
      ],
      fits: 'mounted',
    });
  });

  it('is made by plain JavaScript that has none of our packages, and read by it', async () => {
    const plain = join(consumer.directory, 'plain');
    await mkdir(plain);
    await writeFile(
      join(plain, 'index.cjs'),
      `'use strict';
      const about = (type, size) => ({ type, size, sizeKind: 'exact', mode: 0o644, uid: 0, gid: 0, ino: 1 + size, dev: 1, nlink: 1,
        mtimeNs: 0n, atimeNs: 0n, ctimeNs: 0n, birthtimeNs: 0n });
      const content = Buffer.from('TODO: hello\\n');
      const fail = (code, op, path) => { throw Object.assign(new Error(code), { code, op, path, name: 'FsError', '~mountkit.error': 1 }); };
      const stat = (path) => path === '/' ? about('directory', 0) : path === '/note.txt' ? about('file', content.length) : fail('ENOENT', 'stat', path);
      const read = (offset, length) => content.subarray(offset, offset + length);
      let users = 0;
      exports.users = () => users;
      exports.plain = { '~mountkit.fs': { abi: 1, minor: 0, vendor: 'plain', capabilities: {}, retain: () => { users += 1; }, release: () => { users -= 1; }, ops: {
        stat, lstat: stat,
        readdir: async (path) => stat(path).type === 'directory' ? [{ ...about('file', content.length), name: 'note.txt' }] : fail('ENOTDIR', 'readdir', path),
        open: async (path) => (stat(path), { path, stat: () => stat(path), read, readViews: (...part) => [read(...part)], close: () => undefined }),
        readFile: async (path) => (stat(path), content),
        readlink: (path) => fail('EINVAL', 'readlink', path),
      } } };
      // What a consumer without our packages does with a handle of ours.
      exports.firstLine = async (value, path) => {
        const { abi, ops, retain, release } = value['~mountkit.fs'];
        if (abi !== 1) throw new Error('another version');
        retain();
        try { return Buffer.from(await ops.readFile(path)).toString().split('\\n')[0]; } finally { release(); }
      };`,
    );
    expect(
      await told(`
        import * as ours from 'mountkit';
        import { mountkitBash } from '@mountkit/just-bash';
        import { firstLine, plain, users } from './plain/index.cjs';
        const ns = ours.createNamespace();
        ns.mount('/plain', plain);
        told.names = (await ns.readdir('/plain')).map(({ name, size }) => [name, size]);
        told.text = await ours.readText(ns, '/plain/note.txt');
        told.shell = (await mountkitBash({ namespace: ns }).exec('grep -rn TODO /plain; cat /plain/none')).stdout;
        const error = await errorOf(() => ns.stat('/plain/none'));
        told.code = [ours.isFsError(error), error.code, error.path];
        told.back = await firstLine(ns, '/plain/note.txt');
        await ns.close();
        told.users = users();`),
    ).toEqual({
      names: [['note.txt', 12]],
      text: 'TODO: hello\n',
      shell: '/plain/note.txt:1:TODO: hello\n',
      code: [true, 'ENOENT', '/plain/none'],
      back: 'TODO: hello',
      users: 0,
    });
  });

  it('reaches into a vm context that has a copy of the packages, and out of it', async () => {
    await writeFile(
      join(consumer.directory, 'realm.js'),
      `import { readFile } from 'node:fs/promises';
      import { dirname, join, resolve } from 'node:path';
      import vm from 'node:vm';
      // The built-in objects of the language are the context's own; only what the language does not have comes from outside.
      const context = vm.createContext({ AbortController, AbortSignal, TextEncoder, TextDecoder, setTimeout, clearTimeout, performance });
      const modules = new Map();
      const load = async (file) => {
        const known = modules.get(file);
        if (known !== undefined) return known;
        const module = new vm.SourceTextModule(await readFile(file, 'utf8'), { context, identifier: file });
        modules.set(file, module);
        return module;
      };
      const link = (specifier, { identifier }) =>
        load(specifier.startsWith('.') ? resolve(dirname(identifier), specifier) : resolve('node_modules', specifier, 'dist/index.js'));
      export const evaluate = async (source) => {
        const module = new vm.SourceTextModule(source, { context, identifier: resolve('realm-inside.js') });
        await module.link(link);
        await module.evaluate();
        return module.namespace;
      };`,
    );
    const source = `
      import * as ours from 'mountkit';
      import { FsError } from '@mountkit/core';
      import { evaluate } from './realm.js';
      const inside = await evaluate(\`
        import { FsError } from '@mountkit/core';
        import { createFileSystem, createNamespace } from '@mountkit/vfs';
        const files = { '/a.txt': 'from within', '/dir/b.txt': 'deep' };
        const entry = (path) => path in files ? { path, type: 'file', size: files[path].length } : path === '/' || path === '/dir' ? { path, type: 'directory' } : undefined;
        const there = (path, op) => { const found = entry(path); if (found === undefined) throw new FsError('ENOENT', { op, path }); return found; };
        const lower = {
          abi: 1, id: 'within', capabilities: {},
          stat: async (path) => there(path, 'stat'),
          list: async (path) => ({ entries: (path === '/' ? ['/a.txt', '/dir'] : ['/dir/b.txt']).map((each) => ({ ...entry(each), path: each.split('/').at(-1) })), complete: true }),
          read: async (path, { offset = 0, length = Infinity } = {}) => ({ entry: there(path, 'read'), start: offset, body: [new TextEncoder().encode(files[path]).slice(offset, offset + length)] }),
        };
        export const fs = createFileSystem({ lower });
        export const outer = createNamespace();
        export const realm = { Uint8Array, Error, Promise };
      \`);
      told.realm = [inside.realm.Error === Error, inside.realm.Promise === Promise, inside.fs['~mountkit.fs'].ops instanceof Object];
      const ns = ours.createNamespace();
      ns.mount('/within', inside.fs);
      told.texts = [await ours.readText(ns, '/within/a.txt'), await ours.readText(ns, '/within/dir/b.txt')];
      told.names = (await ns.readdir('/within')).map(({ name }) => name);
      const error = await errorOf(() => ns.stat('/within/none'));
      told.error = [error instanceof FsError, error.code, error.path];
      const memory = ours.createNamespace();
      memory.mount('/m', ours.createMemoryBackend({ '/x': 'from without' }));
      inside.outer.mount('/memory', memory);
      told.out = new TextDecoder().decode(await inside.outer.readFile('/memory/m/x'));
      await ns.close(); await inside.outer.close();`;
    expect(await told(source, ['--experimental-vm-modules', '--no-warnings'])).toEqual({
      realm: [false, false, false],
      texts: ['from within', 'deep'],
      names: ['a.txt', 'dir'],
      error: [true, 'ENOENT', '/within/none'],
      out: 'from without',
    });
  });
});
