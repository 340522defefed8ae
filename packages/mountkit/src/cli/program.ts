import { FsError } from '@mountkit/core';
import type { Skip } from '@mountkit/testkit';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { createRequire } from 'node:module';
import { type BackendNames, backendNames } from './backend-names.ts';
import { cat } from './commands/cat.ts';
import { copyOut } from './commands/cp.ts';
import { createBackend } from './commands/create-backend.ts';
import { execute, scriptOf } from './commands/exec.ts';
import { list } from './commands/ls.ts';
import { plan } from './commands/plan.ts';
import { shell } from './commands/sh.ts';
import { tail } from './commands/tail.ts';
import { test, type TestOptions, writeFixture } from './commands/test.ts';
import { tree } from './commands/tree.ts';
import { writeIndex } from './commands/write-index.ts';
import { exitCodeOf, exitCodes } from './exit-code.ts';
import type { MountOptions } from './mount-options.ts';
import { type Verb, withMounts } from './session.ts';
import { complain, type Terminal } from './terminal.ts';

const examples = `
Sources:
  github:owner/repo[@ref][:/sub/path]   a repository at a branch, tag or commit
  https://host/dir/                     a directory of a web server, or a manifest made by 'mountkit index'
  webdav+https://host/share/            a WebDAV share
  s3://bucket/prefix                    an S3 bucket; credentials as the AWS tools find them

Examples:
  mountkit exec --mount /workspace=github:owner/repo@main -- 'grep -rn TODO /workspace/src'
  mountkit sh --mount /workspace=github:owner/repo
  mountkit tree -L 2 --mount /workspace=github:owner/repo /workspace
  mountkit plan --config mounts.json --json
  mountkit test mounts.json --markdown conformance.md
  mountkit create-backend gitea

Exit codes:
  0 done, 1 no such file and the like (exec, sh: the script's own), 64 wrong usage, 70 a fault of mountkit,
  74 a mount had trouble with its origin, 78 wrong config, 130 interrupted`;

const answersInJson: ReadonlySet<string> = new Set(['exec', 'ls', 'tree', 'plan', 'test']);

/** Runs the command line `words` (without node and script). @returns the exit code. Nothing is left open afterwards. */
export async function runProgram(words: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCodes.ok;
  const program = createProgram(terminal, async (work) => {
    code = await work();
  });
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const failure = exitCodeOf(error);
    if (failure !== exitCodes.interrupted)
      complain(terminal, error instanceof Error ? error.message : 'something failed');
    return failure;
  }
  return code;
}

/** @param finish runs the work of a verb and keeps its exit code. */
function createProgram(terminal: Terminal, finish: (work: () => Promise<number>) => Promise<void>): Command {
  const { version } = createRequire(import.meta.url)('../../package.json') as { readonly version: string };
  const program = new Command('mountkit')
    .description('Mount a GitHub repository, an S3 bucket or a web server as a filesystem and use it.')
    .version(version)
    .option('-c, --config <file>', 'a JSON config with mounts')
    .addOption(
      new Option('-m, --mount <path=source>', 'mount SOURCE at PATH; repeatable')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(
      new Option('--plugin <package>', 'an installed package that brings further types; repeatable')
        .argParser(collect)
        .default([], 'those the config names'),
    )
    .option('--github-url <url>', 'base URL of the GitHub API', undefined)
    .option('--git-url <url>', 'base URL of the git host behind it (default: derived from --github-url)')
    .option(
      '--token-env <name>',
      'environment variable that holds the GitHub token (default: GITHUB_TOKEN where it is set)',
    )
    .option('--s3-endpoint <url>', 'base URL of an S3-compatible service other than AWS')
    .option('--s3-region <name>', 'region of the buckets')
    .option('--s3-anonymous', 'ask buckets without credentials')
    .option('--json', 'answer in JSON: exec, ls, tree, plan and test')
    .option('--stats', 'at the end, one line of JSON on standard error: requests, bytes, hits and errors of each mount')
    .addHelpText('after', examples)
    .showHelpAfterError('(mountkit --help tells more)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'mountkit: ')),
    });
  const options = (): MountOptions => program.opts<MountOptions>();
  program.hook('preAction', (_program, verb) => {
    if (!json() || answersInJson.has(verb.name())) return;
    program.error(`error: ${verb.name()} does not answer in JSON: leave out --json`);
  });
  const json = (): boolean => options().json === true;
  const run = (verb: Verb): Promise<void> => finish(() => withMounts(options(), terminal, verb));

  program
    .command('exec')
    .description('run a script in a shell over the mounts')
    .argument('<script...>', "one word: a script; several: a command with its arguments. Put '--' before it")
    .action((words: string[]) => run((namespace) => execute(namespace, scriptOf(words), json(), terminal)));
  program
    .command('sh')
    .description('a shell over the mounts: a prompt on a terminal, else a script from standard input')
    .action(() => run((namespace) => shell(namespace, terminal)));
  program
    .command('ls')
    .description('list a directory')
    .argument('[path]', 'absolute path', '/')
    .option('-l, --long', 'with mode, size, time and targets')
    .action((path: string, { long }: { long?: boolean }) =>
      run((namespace) => list(namespace, path, { long: long === true, json: json() }, terminal)),
    );
  program
    .command('tree')
    .description('draw everything below a directory')
    .argument('[path]', 'absolute path', '/')
    .option('-L, --depth <levels>', 'how deep', parseDepth, Infinity)
    .action((path: string, { depth }: { depth: number }) =>
      run((namespace) => tree(namespace, path, { depth, json: json() }, terminal)),
    );
  program
    .command('cat')
    .description('write files to standard output, byte for byte')
    .argument('<path...>', 'absolute paths')
    .action((paths: string[]) => run((namespace) => cat(namespace, paths, terminal)));
  program
    .command('tail')
    .description('write the last lines of a file, and with -f what is appended to it')
    .argument('<path>', 'absolute path')
    .option('-n, --lines <count>', 'how many lines', parseLines, 10)
    .option('-f, --follow', 'go on until Ctrl-C; a file that is cut off or replaced is read from its first byte')
    .option('-s, --sleep-interval <seconds>', 'time between two looks at a file that does not grow', parseSeconds, 1)
    .action((path: string, tailing: { lines: number; follow?: boolean; sleepInterval: number }) =>
      run((namespace) =>
        tail(
          namespace,
          path,
          { lines: tailing.lines, follow: tailing.follow === true, intervalMs: tailing.sleepInterval * 1_000 },
          terminal,
        ),
      ),
    );
  program
    .command('cp')
    .description('copy a file, or a directory with -r, out of a mount to this machine')
    .argument('<source>', 'absolute path in the mounts')
    .argument('<destination>', 'path on this machine; into it where it is a directory')
    .option('-r, --recursive', 'with everything below')
    .action((source: string, destination: string, { recursive }: { recursive?: boolean }) =>
      run((namespace) => copyOut(namespace, source, destination, recursive === true, terminal)),
    );
  program
    .command('plan')
    .description('say what would be mounted: backends, revisions, origins')
    .action(() => run((namespace) => plan(namespace, json(), terminal)));
  program
    .command('test')
    .description(
      'run the conformance kit against every mount, looking only, and say what each backend keeps and what not',
    )
    .argument('[config]', 'a JSON config with mounts, as --config')
    .option(
      '--manifest <file>',
      'what the remote holds, as --write-fixture writes it (default: what the remote itself says)',
    )
    .addOption(
      new Option('--skip <case=reason>', 'a case that cannot hold for this remote; repeatable')
        .argParser(collectSkip)
        .default([], 'what the backend itself says'),
    )
    .option('--markdown <file>', 'write the report as a table of markdown')
    .option('--badge <file>', 'write a badge, as JSON for a shields endpoint')
    .option('--write-fixture <dir>', 'test nothing: write the tree of the kit and its manifest there')
    .action(
      (config: string | undefined, { writeFixture: directory, ...testing }: TestOptions & { writeFixture?: string }) =>
        finish(() => {
          if (directory !== undefined) return writeFixture(directory, terminal);
          const given = options();
          if (config !== undefined && given.config !== undefined)
            throw new FsError('EINVAL', { op: 'config', detail: `two configs: ${config} and ${given.config}` });
          return test({ ...given, ...(config !== undefined && { config }) }, testing, terminal);
        }),
    );
  program
    .command('index')
    .description('write a manifest of a directory, so that any static host can serve it as a verified mount')
    .argument('<directory>', 'a directory of this machine; mountkit.index.json is written into it')
    .action((directory: string) => finish(() => writeIndex(directory, terminal)));
  program
    .command('create-backend')
    .description('write a package with a backend of your own that passes the conformance kit, ready to be changed')
    .argument(
      '<name>',
      "of the package: 'gitea' makes mountkit-gitea, '@acme/gitea' is taken as it is",
      parseBackendName,
    )
    .option('--directory <dir>', 'the folder of this machine it is made in, as a folder of its own', '.')
    .action((names: BackendNames, { directory }: { directory: string }) =>
      finish(() => createBackend(names, directory, version, terminal)),
    );
  return program;
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function collectSkip(text: string, before: readonly Skip[]): Skip[] {
  const equals = text.indexOf('=');
  const [id, reason] = [text.slice(0, equals), text.slice(equals + 1).trim()];
  if (equals < 1 || reason === '')
    throw new InvalidArgumentError("It is CASE=REASON, as in 'walk.time=it has no clock'.");
  return [...before, { id, reason }];
}

function parseLines(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || seconds < 0.05 || seconds > 86_400)
    throw new InvalidArgumentError('It is a number from 0.05 to 86400.');
  return seconds;
}

function parseDepth(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1.');
  return Number(text);
}

function parseBackendName(text: string): BackendNames {
  const names = backendNames(text);
  if (typeof names === 'string') throw new InvalidArgumentError(names);
  return names;
}
