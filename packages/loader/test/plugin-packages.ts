import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder with packages installed in it. */
export interface PluginFolder {
  readonly directory: string;
  /** Puts files into the folder, by relative path; objects as JSON. */
  put(files: Readonly<Record<string, string | object>>): Promise<void>;
  remove(): Promise<void>;
}

/** A new folder for temporary packages. */
export async function pluginFolder(): Promise<PluginFolder> {
  const directory = await mkdtemp(join(tmpdir(), 'mountkit-plugins-'));
  return {
    directory,
    async put(files) {
      for (const [path, content] of Object.entries(files)) {
        const file = join(directory, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
      }
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** A package.json that names one backend. */
export function manifestOf(name: string, type: string, more: object = {}): object {
  return {
    name,
    type: 'module',
    exports: './hidden.js',
    mountkit: { abi: 1, backends: { [type]: { module: './index.js', export: 'backend', ...more } } },
  };
}

/**
 * A module that exports the definition of a backend, made without any package: its root holds one file, `greeting`, with what the option `greeting` says and who was told the
 * secret `token`.
 */
export function moduleOf(type: string, more = ''): string {
  return `
    globalThis.importedPlugins = [...(globalThis.importedPlugins ?? []), '${type}'];
    const validate = (value) => typeof value.greeting === 'string'
      ? { value } : { issues: [{ message: 'a text is expected', path: ['greeting'] }] };
    const entry = (path, type, size) => ({ path, type, size, sizeKind: 'exact' });
    const off = { ranges: false, suffix: false, conditional: false, recursiveList: false, symlinks: false, versions: 'none',
      immutable: false, revisions: false, public: false, readMany: false, open: false, watch: false, writes: [] };
    export const backend = {
      abi: 1,
      type: '${type}',
      schema: { '~standard': { version: 1, vendor: 'none', validate } },
      jsonSchema: () => ({ type: 'object', properties: { greeting: {}, token: {} }, additionalProperties: false }),
      secrets: ['/token'],
      origins: () => [],
      create({ greeting, token }) {
        const bytes = async () => new TextEncoder().encode(greeting + ' ' + String(token) + ' ' + await token?.reveal('https://a.test/'));
        return {
          abi: 1, id: '${type}:', capabilities: off,
          stat: async (path) => path === '/' ? entry('', 'directory', 0) : entry('', 'file', (await bytes()).length),
          list: async () => ({ entries: [entry('greeting', 'file', (await bytes()).length)] }),
          read: async () => ({ entry: entry('', 'file', (await bytes()).length), start: 0, body: [await bytes()] }),
        };
      },
      ${more}
    };`;
}
