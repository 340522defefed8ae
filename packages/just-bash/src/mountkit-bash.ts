import { AsyncLocalStorage } from 'node:async_hooks';
import { isFsError, isWithin, type Namespace } from '@mountkit/core';
import {
  Bash,
  type BashExecResult,
  type BashOptions,
  type ExecOptions,
  InMemoryFs,
  type IFileSystem,
  latin1FromBytes,
} from 'just-bash';
import { containRedirections } from './contain-redirections.ts';
import { type Execution, type MountError, startExecution } from './execution.ts';
import { captureOutside } from './outside.ts';
import { rangeCommandNames, rangeCommands, type RunBuiltin } from './range-commands/commands.ts';
import { openRangedOver } from './range-commands/open-ranged.ts';
import { type RouterFileSystem, routerOver } from './router.ts';
import { intoSink, type StdoutSink, withSink } from './stdout-sink.ts';
import { liveView, type View } from './view.ts';

/** Options of {@link mountkitBash}: those of just-bash's `Bash`, and what is mounted. */
export interface MountkitBashOptions extends Omit<BashOptions, 'fs'> {
  readonly namespace: Namespace;
  /** Where everything lives that no mount covers. @default a new InMemoryFs of just-bash with `files` in it */
  readonly base?: IFileSystem;
}

/** How one script is run. */
export interface MountkitExecOptions extends ExecOptions {
  /**
   * Takes standard output as bytes, command by command, instead of `stdout` of the result, which is text and cannot hold bytes that are no UTF-8. What a script writes to
   * `/dev/stdout` by name, and what builtins such as `declare -p` print, comes last.
   */
  readonly onStdout?: StdoutSink;
}

/** What a script gave. */
export interface MountkitExecResult extends BashExecResult {
  /** Errors the mounts met while it ran, whether the shell told them or not. Scripts that run at the same time see each other's. */
  readonly mountErrors: readonly MountError[];
}

/** A just-bash shell over a namespace. */
export interface MountkitBash {
  /**
   * Runs a script. For its length the mount table is the one of its start: a mount, an unmount or a replacement is seen by the next one.
   *
   * A redirection that fails is a line on stderr and exit code 1 of its command. When `signal` fires, what is pending ends in ECANCELED and the script ends with 124.
   * Rejects only for what is not the script's doing, such as a closed namespace. What a command left under way when the script ended is canceled and answered to nobody.
   */
  exec(script: string, options?: MountkitExecOptions): Promise<MountkitExecResult>;
  /** What scripts see, for use outside of them; mounts are seen as they are at each call. */
  readonly fs: RouterFileSystem;
  /** just-bash's own object, for its other methods. Its `exec` pins nothing. */
  readonly bash: Bash;
}

/**
 * A just-bash shell whose filesystem is a {@link createRouter} over `namespace`. It is ended by dropping it; closing the namespace is up to the caller.
 *
 * `head`, `tail` and `wc -c` read no more than they print; other options of theirs, and all other commands, are just-bash's own.
 *
 * /tmp and /home/user are there whatever `cwd` and `files` are, HOME is /home/user unless `env` says otherwise, and `cwd` is made in the base where no mount covers it.
 */
export function mountkitBash(options: MountkitBashOptions): MountkitBash {
  const { namespace, base = new InMemoryFs(options.files), files: _, ...bashOptions } = options;
  const executions = new AsyncLocalStorage<Execution>();
  const sinks = new AsyncLocalStorage<StdoutSink | undefined>();
  const currentView = (): View => executions.getStore()?.view ?? liveView(namespace);
  const outside = captureOutside(() => executions.getStore());
  const router = routerOver(currentView, base, outside);
  const fs = withSink(router, () => sinks.getStore());

  const covered = namespace.mounts().some(({ path }) => isWithin(options.cwd ?? '/', path));
  for (const directory of ['/tmp', '/home/user', ...(options.cwd === undefined || covered ? [] : [options.cwd])]) {
    fs.mkdirSync?.(directory, { recursive: true });
  }
  const { commands, customCommands = [] } = bashOptions;
  const overridden = rangeCommandNames.filter((name) => commands === undefined || commands.includes(name));
  let plain: Bash | undefined;
  const builtin: RunBuiltin = (name, args, { cwd, env, stdin, signal }) => {
    // A shell of its own over the same files: in this one the names lead back here.
    plain ??= new Bash({ ...bashOptions, commands: [...rangeCommandNames], customCommands: [], fs, cwd: '/' });
    return plain.exec(name, {
      args: [...args],
      cwd,
      env: Object.fromEntries(env),
      stdin: latin1FromBytes(stdin),
      stdinKind: 'bytes',
      ...(signal !== undefined && { signal }),
    });
  };
  const ranged = rangeCommands(openRangedOver(currentView, base, outside), builtin);
  const bash = new Bash({
    ...bashOptions,
    customCommands: [...ranged.filter(({ name }) => overridden.some((each) => each === name)), ...customCommands],
    fs,
    cwd: options.cwd ?? '/home/user',
    env: { HOME: '/home/user', ...options.env },
  });
  bash.registerTransformPlugin(containRedirections());
  // Behind the other, which would take these redirections for the script's own.
  bash.registerTransformPlugin(intoSink(() => sinks.getStore() !== undefined));

  return {
    fs,
    bash,
    exec: async (script, { onStdout, ...execOptions } = {}) => {
      const execution = startExecution(namespace, execOptions.signal);
      try {
        const { metadata = {}, ...result } = await executions.run(execution, () =>
          sinks.run(onStdout, () => runScript(bash, script, execOptions)),
        );
        if (onStdout !== undefined && result.stdout !== '') {
          await onStdout(Buffer.from(result.stdout));
          result.stdout = '';
        }
        // Empty, it only says that there is a plugin: the one above.
        const about = Object.keys(metadata).length === 0 ? {} : { metadata };
        return { ...result, ...about, mountErrors: execution.mountErrors() };
      } finally {
        await execution.end();
      }
    },
  };
}

async function runScript(bash: Bash, script: string, options: ExecOptions): Promise<BashExecResult> {
  try {
    return await bash.exec(script, options);
  } catch (error) {
    if (!isFsError(error)) throw error;
    // What no group could contain: what the script printed so far is lost.
    return { stdout: '', stderr: `bash: ${error.message}\n`, exitCode: 1, env: bash.getEnv() };
  }
}
