import { FsError } from '@mountkit/core';
import { type ConfiguredBackend, configuredBackends } from '@mountkit/loader';
import type { Report, Skip } from '@mountkit/testkit';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtinBackends } from '../../builtins.ts';
import { exitCodes } from '../exit-code.ts';
import { hostError } from '../host-error.ts';
import { configOf, type MountOptions, pluginPlaces } from '../mount-options.ts';
import { startStepProgress } from '../progress.ts';
import { complain, jsonText, print, type Terminal } from '../terminal.ts';

/** What `mountkit test` is run with, beside the options every verb takes. */
export interface TestOptions {
  /** Files of this machine. */
  readonly manifest?: string;
  readonly markdown?: string;
  readonly badge?: string;
  readonly skip: readonly Skip[];
}

/**
 * `mountkit test [CONFIG]`: runs the conformance kit against every mount of a config, looking only, and reports.
 *
 * @returns `failed` where a case has failed.
 * @throws {@link ConfigError}; {@link FsError} what a backend threw before there was anything to compare with.
 */
export async function test(mounts: MountOptions, options: TestOptions, terminal: Terminal): Promise<number> {
  const { signal } = terminal;
  const config = await configOf(mounts, terminal);
  const backends = await configuredBackends(config, {
    backends: builtinBackends,
    plugins: { from: pluginPlaces(mounts) },
    env: terminal.env,
    signal,
    onWarning: ({ pointer, message }) => complain(terminal, `warning: ${pointer}: ${message}`),
  });
  const manifest =
    options.manifest === undefined ? undefined : await onHost(options.manifest, (file) => readFile(file, 'utf8'));
  const { reportBadge, reportMarkdown, reportText } = await import('@mountkit/testkit');
  const reports: Report[] = [];
  for (const backend of backends) {
    const report = await run(backend, manifest, options.skip, terminal);
    if (mounts.json !== true) await print(terminal, `${reports.length === 0 ? '' : '\n'}${reportText(report)}`);
    reports.push(report);
  }
  const isOk = reports.every(({ ok }) => ok);
  if (mounts.json === true) await print(terminal, jsonText({ ok: isOk, reports }));
  const { markdown, badge } = options;
  if (markdown !== undefined) await onHost(markdown, (file) => writeFile(file, reports.map(reportMarkdown).join('\n')));
  if (badge !== undefined) {
    const content = `${JSON.stringify(reportBadge({ counts: sumOf(reports) }), undefined, 2)}\n`;
    await onHost(badge, (file) => writeFile(file, content));
  }
  return isOk ? exitCodes.ok : exitCodes.failed;
}

/** `mountkit test --write-fixture DIR`: writes the kit's tree and its manifest, to be put on a remote by means of one's own. */
export async function writeFixture(directory: string, terminal: Terminal): Promise<number> {
  const { fixtureTree, manifestOf, writeTree } = await import('@mountkit/testkit');
  const tree = fixtureTree();
  const folder = join(directory, 'tree');
  const file = join(directory, 'manifest.json');
  await onHost(directory, async () => {
    await mkdir(directory, { recursive: true });
    await writeTree(tree, folder);
    await writeFile(file, `${JSON.stringify(manifestOf(tree), undefined, 1)}\n`);
  });
  await print(
    terminal,
    `Put what is in ${folder} at the root of the remote, then: mountkit test CONFIG --manifest ${file}\n`,
  );
  return exitCodes.ok;
}

async function run(
  { path, definition, secrets, create }: ConfiguredBackend,
  manifest: string | undefined,
  skips: readonly Skip[],
  terminal: Terminal,
): Promise<Report> {
  const { checkLive } = await import('@mountkit/testkit');
  const progress = await startStepProgress(terminal, `cases of ${path}`);
  try {
    return await checkLive(
      {
        name: `${definition.type} at ${path}`,
        create,
        secrets: secrets(),
        skips: [...skips, ...(definition.knownLimits ?? [])],
        ...(manifest !== undefined && { manifest }),
      },
      { signal: terminal.signal, onCase: (_, { done, total }) => progress.to(done, total) },
    );
  } catch (error) {
    if (!isAssertion(error)) throw error;
    throw new FsError('EINVAL', { op: 'config', detail: error.message, cause: error });
  } finally {
    progress.stop();
  }
}

/** What the kit says of skips that name no case. */
function isAssertion(error: unknown): error is Error {
  return error instanceof Error && error.name === 'AssertionError';
}

function sumOf(reports: readonly Report[]): Report['counts'] {
  const sum = (key: keyof Report['counts']): number => reports.reduce((total, { counts }) => total + counts[key], 0);
  return { pass: sum('pass'), fail: sum('fail'), skip: sum('skip'), doesNotApply: sum('doesNotApply') };
}

async function onHost<T>(file: string, work: (file: string) => Promise<T>): Promise<T> {
  try {
    return await work(file);
  } catch (error) {
    throw hostError(error, 'test', `${file} cannot be read or written`);
  }
}
