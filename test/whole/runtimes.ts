import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './packed-consumer.ts';

/** A Node version, with the TypeScript version and the declarations of Node that a project on it has. Versions are paired, not multiplied. */
export interface Runtime {
  /** For the names of tests, e.g. `Node 22 with TypeScript 6`. */
  readonly name: string;
  /** The program. */
  readonly node: string;
  /** The script `tsc`. */
  readonly tsc: string;
  /** The folder of `@types/node`. */
  readonly nodeTypes: string;
  /** Why it can't be used, where something of it is not there. */
  readonly missing: string | undefined;
}

const fetched = join(checkout, 'test', 'runtimes', 'node_modules');
const workspace = join(checkout, 'node_modules');
const locked = (
  JSON.parse(readFileSync(join(checkout, 'test', 'runtimes', 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly version?: string }>>;
  }
).packages;

/** The Node that runs the tests, and the ones that `node test/runtimes/fetch.js` puts beside it. */
export const runtimes: readonly Runtime[] = [
  runtime(undefined, 'typescript-5.9'),
  runtime('22', 'typescript-6'),
  runtime('24', undefined),
  runtime('26', undefined),
];

/** The packages of `test/runtimes` by which a runtime is made; undefined stands for what the workspace has itself. */
function runtime(major: string | undefined, typescript: string | undefined): Runtime {
  const host = `node-${major}-${process.platform}-${process.arch}`;
  const node = major === undefined ? process.execPath : join(fetched, host, 'bin', 'node');
  const tsc = join(typescript === undefined ? workspace : fetched, typescript ?? 'typescript', 'bin', 'tsc');
  const nodeTypes = major === undefined ? join(workspace, '@types', 'node') : join(fetched, `types-node-${major}`);
  const release = typescript?.replace('typescript-', '') ?? '7';
  const name = `Node ${major ?? process.versions.node.split('.')[0]} with TypeScript ${release}`;
  return { name, node, tsc, nodeTypes, missing: whyMissing(host, [node, tsc, nodeTypes]) };
}

function whyMissing(host: string, paths: readonly string[]): string | undefined {
  if (paths.every((path) => existsSync(path))) return undefined;
  const offered = host.startsWith('node-undefined') || locked[`node_modules/${host}`] !== undefined;
  return offered ? 'not fetched, see test/runtimes/fetch.js' : `no such Node is kept for ${host}`;
}
