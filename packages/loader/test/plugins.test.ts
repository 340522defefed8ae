import { memory } from '@mountkit/memory';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, type ConfigObject, isConfigError, load, type LoadOptions, type Problem } from '../src/index.ts';
import { manifestOf, moduleOf, type PluginFolder, pluginFolder } from './plugin-packages.ts';
import { errorOf } from './remote.ts';

let folder: PluginFolder;
beforeEach(async () => {
  folder = await pluginFolder();
});
afterEach(() => folder.remove());

const imported = (): readonly string[] => (globalThis as { importedPlugins?: readonly string[] }).importedPlugins ?? [];

const loaded = (config: unknown, options: Partial<LoadOptions> = {}) =>
  load(config as Config, { backends: { memory: () => memory }, plugins: { from: folder.directory }, ...options });

async function problemsOf(config: unknown, options: Partial<LoadOptions> = {}): Promise<readonly Problem[]> {
  const error = await errorOf(() => loaded(config, options));
  if (!isConfigError(error)) throw error;
  return error.problems;
}

async function greetingOf(config: ConfigObject, options: Partial<LoadOptions> = {}): Promise<string> {
  const namespace = await loaded(config, options);
  const bytes = await namespace.readFile(`${Object.keys(config.mounts)[0]}/greeting`);
  await namespace.close();
  return new TextDecoder().decode(bytes);
}

/** A config that names one package and mounts one type. */
const naming = (name: string, type = 'hello', own: object = {}) => ({
  plugins: [name],
  mounts: { '/m': { type, greeting: 'hello', ...own } },
});

describe('a package that a config names', () => {
  it('brings its type, with options checked and secrets wrapped as for any other', async () => {
    await folder.put({
      'node_modules/@acme/mountkit-hello/package.json': manifestOf('@acme/mountkit-hello', 'hello'),
      'node_modules/@acme/mountkit-hello/index.js': moduleOf('hello'),
    });
    const env = { TOKEN: 'canary' };
    expect(await greetingOf(naming('@acme/mountkit-hello', 'hello', { token: { env: 'TOKEN' } }), { env })).toBe(
      'hello [redacted] canary',
    );
    expect(
      await problemsOf(naming('@acme/mountkit-hello', 'hello', { greeting: 7, token: { env: 'NONE' }, greting: '' }), {
        env,
      }),
    ).toEqual([
      { pointer: '/mounts/~1m/token', message: 'the environment variable NONE is not set' },
      { pointer: '/mounts/~1m/greting', message: "unknown option 'greting'", suggestion: 'greeting' },
      { pointer: '/mounts/~1m/greeting', message: 'a text is expected' },
    ]);
  });

  it('is found from a folder, a file URL, the folders above, by a link, in its own folder, and in the first place that has it', async () => {
    await folder.put({
      'up/node_modules/plain/package.json': manifestOf('plain', 'hello'),
      'up/node_modules/plain/index.js': moduleOf('hello', "origins: () => ['https://up.test']"),
      'up/down/further/main.js': '',
      'other/node_modules/plain/package.json': manifestOf('plain', 'hello'),
      'other/node_modules/plain/index.js': moduleOf('hello', "origins: () => ['https://other.test']"),
      'own/package.json': manifestOf('own', 'hello'),
      'own/index.js': moduleOf('hello', "origins: () => ['https://own.test']"),
    });
    await mkdir(join(folder.directory, 'linked/node_modules'), { recursive: true });
    await symlink('../../own', join(folder.directory, 'linked/node_modules/own'));
    const at = (path: string): string => join(folder.directory, path);
    const found = async (name: string, ...from: (string | URL)[]): Promise<unknown> => {
      const namespace = await loaded(naming(name), { plugins: { from } });
      const { mounts } = await namespace.plan();
      await namespace.close();
      return mounts[0]?.origins[0];
    };
    expect(await found('plain', at('up/down/further'))).toBe('https://up.test');
    expect(await found('plain', pathToFileURL(at('up/down/further/main.js')))).toBe('https://up.test');
    expect(await found('plain', pathToFileURL(at('up/down/further/main.js')).href)).toBe('https://up.test');
    expect(await found('plain', at('other'), at('up'))).toBe('https://other.test');
    expect(await found('plain', at('nowhere'), at('up'))).toBe('https://up.test');
    expect(await found('own', at('own/deeper'))).toBe('https://own.test');
    expect(await found('own', at('linked'))).toBe('https://own.test');
  });

  it('is imported when a mount needs it and not before, by its type or a scheme it declares', async () => {
    await folder.put({
      'node_modules/lazy/package.json': manifestOf('lazy', 'lazy', { schemes: ['lz'] }),
      'node_modules/lazy/index.js': moduleOf(
        'lazy',
        "shorthand: { schemes: ['lz'], parse: (source) => ({ greeting: source.slice(3) }) }",
      ),
    });
    await (await loaded({ plugins: ['lazy', 'lazy'], mounts: { '/m': { type: 'memory' } } })).close();
    expect(imported()).not.toContain('lazy');
    expect(await greetingOf({ plugins: ['lazy'], mounts: { '/m': 'lz:short' } })).toContain('short');
    expect(imported()).toContain('lazy');
  });

  it('replaces no type and no scheme', async () => {
    await folder.put({
      'node_modules/a/package.json': manifestOf('a', 'memory'),
      'node_modules/b/package.json': manifestOf('b', 'b', { schemes: ['memory'] }),
      'node_modules/c/package.json': manifestOf('c', 'c', { schemes: ['c'] }),
      'node_modules/d/package.json': manifestOf('d', 'c'),
      'node_modules/e/package.json': manifestOf('e', 'e', { schemes: ['c'] }),
    });
    expect(await problemsOf({ plugins: ['a', 'b', 'c', 'd', 'e'], mounts: {} })).toEqual([
      {
        pointer: '/plugins/0',
        message: "'a' has the type 'memory', which is there already: a plugin replaces nothing",
      },
      {
        pointer: '/plugins/1',
        message: "'b' has the scheme 'memory:', which is there already: a plugin replaces nothing",
      },
      { pointer: '/plugins/3', message: "'d' has the type 'c', which is there already: a plugin replaces nothing" },
      { pointer: '/plugins/4', message: "'e' has the scheme 'c:', which is there already: a plugin replaces nothing" },
    ]);
  });

  it('counts only where the call allows it', async () => {
    await folder.put({
      'node_modules/hello/package.json': manifestOf('hello', 'hello'),
      'node_modules/hello/index.js': moduleOf('hello'),
    });
    const error = await errorOf(() => load(naming('hello'), { backends: {} }));
    expect(isConfigError(error) && error.problems[0]).toMatchObject({
      pointer: '/plugins/0',
      message: expect.stringContaining('load(config, { plugins: { from: import.meta.url } })'),
    });
    const from = folder.directory;
    expect(await problemsOf(naming('hello'), { plugins: { from, allow: ['other'] } })).toContainEqual({
      pointer: '/plugins/0',
      message: "'hello' is not among the plugins that are allowed here",
    });
    expect(await greetingOf(naming('hello'), { plugins: { from, allow: ['hello'] } })).toContain('hello');
  });
});

describe('what is wrong with a plugin is told', () => {
  it.each([
    ['nothing-here', 'is not installed here: npm install nothing-here'],
    ['@acme/nothing', 'is not installed here: npm install @acme/nothing'],
    ['./plugin', 'not by a path or URL'],
    ['../node_modules/plugin', 'not by a path or URL'],
    ['/etc/plugin', 'not by a path or URL'],
    [String.raw`C:\plugin`, 'not by a path or URL'],
    ['https://host/plugin.js', 'not by a path or URL'],
    ['plugin@1.0.0', 'without a version'],
    ['a/../../b', 'is no name of a package'],
    ['a/b', 'is no name of a package'],
    ['', 'is no name of a package'],
  ])('the name %j: %s', async (name, text) => {
    const [problem] = await problemsOf(naming(name));
    expect(problem).toEqual({ pointer: '/plugins/0', message: expect.stringContaining(text) });
    expect(problem?.message).toContain(`'${name}'`);
  });

  it.each([
    ['hello', '/plugins', 'a list of names of packages is expected'],
    [[7], '/plugins/0', 'the name of a package is expected'],
  ])('plugins: %j', async (plugins, pointer, message) => {
    expect(await problemsOf({ plugins, mounts: {} })).toEqual([{ pointer, message }]);
  });

  it.each<[string, string | object]>([
    ['has a package.json that is no JSON object', '{'],
    ['has a package.json that is no JSON object', '[]'],
    ["is no plugin: its package.json has no field 'mountkit'", {}],
    ['says in its package.json what cannot be: mountkit: ', { mountkit: 'index.js' }],
    ['mountkit.backends: backends by type are expected', { mountkit: { abi: 1 } }],
    ['mountkit.backends: at least one backend is expected', { mountkit: { abi: 1, backends: {} } }],
    [
      'is made for version 2 of the contract, and this mountkit has version 1: update mountkit',
      { mountkit: { abi: 2 } },
    ],
    ['is made for version 0 of the contract, and this mountkit has version 1: update the p', { mountkit: { abi: 0 } }],
    ['mountkit.backends.Hello: ', manifestOf('p', 'Hello')],
    ['mountkit.backends.hello.module: a file of the package', manifestOf('p', 'hello', { module: 'index.js' })],
    ['mountkit.backends.hello.module: a file of the package', manifestOf('p', 'hello', { module: './../x.js' })],
    ['mountkit.backends.hello.export: the name of an export', manifestOf('p', 'hello', { export: undefined })],
    ['mountkit.backends.hello.schemes.0: a URL scheme', manifestOf('p', 'hello', { schemes: ['HELLO:'] })],
    ['mountkit.backends.hello: Unrecognized key: "scheme"', manifestOf('p', 'hello', { scheme: 'x' })],
  ])('its package.json %s', async (text, manifest) => {
    await folder.put({ 'node_modules/p/package.json': manifest });
    expect((await problemsOf(naming('p')))[0]).toEqual({
      pointer: '/plugins/0',
      message: expect.stringContaining(text),
    });
  });

  it.each<[string, string | undefined, object?]>([
    ["has no file ./index.js, where its package.json has the type 'hello': has it been built?", undefined],
    ['could not be imported (Error): node -e "import(\'p\')" in its folder says why', "throw new Error('canary');"],
    ['could not be imported (ERR_MODULE_NOT_FOUND)', "import 'canary-not-there';"],
    ["has no export 'backend' in ./index.js; there are more, other", 'export const other = 1, more = 2;'],
    ["has no export 'backend' in ./index.js", ''],
    ["exports as 'backend' what is no definition of a backend but of type function", 'export const backend = () => 1;'],
    ["exports as 'backend' what is no definition of a backend but null", 'export const backend = null;'],
    ["exports as 'backend' what is no definition of a backend: export what", 'export const backend = {};'],
    ["exports as 'backend' what is made for version 2 of the contract", 'export const backend = { abi: 2 };'],
    ["is 'hello' by its package.json, but the definition it exports is 'goodbye'", moduleOf('goodbye')],
    ["than its definition's shorthand: 'hi:'", moduleOf('hello'), { schemes: ['hi'] }],
    [
      `has a shorthand with 'hey:', which its package.json does not say: mountkit.backends.hello needs "schemes": ["hey"]`,
      moduleOf('hello', "shorthand: { schemes: ['hey'], parse: () => ({}) }"),
    ],
  ])('the module that package.json names %s', async (text, source, more = {}) => {
    await folder.put({
      'node_modules/p/package.json': manifestOf('p', 'hello', more),
      ...(source !== undefined && { 'node_modules/p/index.js': source }),
    });
    const error = await errorOf(() => loaded(naming('p')));
    expect(isConfigError(error) && error.problems).toEqual([
      { pointer: '/mounts/~1m/type', message: expect.stringContaining(text) },
    ]);
    expect(error.message).toContain("the plugin 'p'");
    expect(error.message).not.toContain('canary');
    expect(error.message).not.toContain(folder.directory);
  });

  it.each<[string, string | undefined, readonly string[]]>([
    ['has no file ./index.js', undefined, ['hello']],
    ['could not be imported (Error)', "throw new Error('canary');", ['hello']],
    ["has no export 'backend'", 'export const other = 1;', ['hello']],
    ["is 'hello' by its package.json, but", moduleOf('goodbye'), ['hello']],
    [
      `has a shorthand with 'hello:', which its package.json does not say`,
      moduleOf('hello', "shorthand: { schemes: ['hello'], parse: () => ({}) }"),
      [],
    ],
  ])('by a short form it is told once: the module %s', async (text, source, schemes) => {
    await folder.put({
      'node_modules/p/package.json': manifestOf('p', 'hello', schemes.length === 0 ? {} : { schemes }),
      ...(source !== undefined && { 'node_modules/p/index.js': source }),
    });
    expect(await problemsOf({ plugins: ['p'], mounts: { '/m': 'hello:there' } })).toEqual([
      { pointer: '/mounts/~1m', message: expect.stringContaining(`the plugin 'p' ${text}`) },
    ]);
  });

  it.each<[string, object, string]>([
    [`has no short form: in a config it is written { "type": "hello", ... }`, {}, ''],
    ['begins with hey:', { schemes: ['hey'] }, "shorthand: { schemes: ['hey'], parse: () => ({}) }"],
  ])('a type that does not know the scheme of its own name %s', async (text, more, own) => {
    await folder.put({
      'node_modules/p/package.json': manifestOf('p', 'hello', more),
      'node_modules/p/index.js': moduleOf('hello', own),
    });
    expect(await problemsOf({ plugins: ['p'], mounts: { '/m': 'hello:there' } })).toEqual([
      { pointer: '/mounts/~1m', message: expect.stringContaining(text) },
    ]);
  });

  it('a type of that name does not stand in the way of the type that has the scheme', async () => {
    await folder.put({
      'node_modules/p/package.json': manifestOf('p', 'hello'),
      'node_modules/p/index.js': moduleOf('hello'),
      'node_modules/q/package.json': manifestOf('q', 'other', { schemes: ['hello'] }),
      'node_modules/q/index.js': moduleOf(
        'other',
        "shorthand: { schemes: ['hello'], parse: () => ({ greeting: 'short' }) }",
      ),
    });
    expect(await greetingOf({ plugins: ['p', 'q'], mounts: { '/m': 'hello:there' } })).toContain('short');
  });

  it.each([
    ['tar:a.tar', '/mounts/~1m', "unknown scheme 'tar:', known are memory:"],
    [{ type: 'tar' }, '/mounts/~1m/type', "unknown type 'tar', known are memory"],
  ])('%j is perhaps that of a plugin nobody named', async (mount, pointer, text) => {
    expect(await problemsOf({ mounts: { '/m': mount } })).toEqual([
      { pointer, message: `${text}; a package named in 'plugins' (--plugin NAME) may know it` },
    ]);
  });

  it('a definition given in code is held to the same', async () => {
    const backends = { wrong: () => ({ create: () => undefined }) as never };
    expect(await problemsOf({ mounts: { '/m': { type: 'wrong' } } }, { backends })).toEqual([
      {
        pointer: '/mounts/~1m/type',
        message: "what is given for the type 'wrong' is no definition of a backend: export what defineBackend gives",
      },
    ]);
  });

  it.each<[string, unknown]>([
    ['is no backend', undefined],
    ['has no abi: it is 1', {}],
    ['is made for version 2 of the contract', { abi: 2 }],
    ['has no id', { abi: 1, id: '' }],
    ['has no capabilities: use declareCapabilities', { abi: 1, id: 'x' }],
    ['lacks list and read', { abi: 1, id: 'x', capabilities: {}, stat: () => undefined }],
  ])('what it makes %s', async (text, made) => {
    const backends = { odd: () => ({ ...memory, type: 'odd', create: () => made as never }) };
    const error = await errorOf(() => loaded({ mounts: { '/m': { type: 'odd' } } }, { backends }));
    expect(error).toMatchObject({
      code: 'EINVAL',
      path: '/m',
      detail: expect.stringContaining(`what 'odd' makes ${text}`),
    });
  });
});
