import { fork } from 'node:child_process';
import type { OriginAnswer, OriginCommand } from '../origin/main.ts';
import type { Target } from '../origin/target.ts';
import type { Scale } from '../scale.ts';

/** The process that all origins live in. */
export interface OriginProcess {
  readonly measured: Target;
  readonly warmUp: Target;
  ask(command: OriginCommand): Promise<OriginAnswer>;
  /** Ends the process. */
  close(): Promise<void>;
}

const answerTimeoutMs = 60_000;

/** Starts the origins. @throws {Error} what went wrong over there. */
export async function startOriginProcess(scale: Scale, withPeers: boolean): Promise<OriginProcess> {
  const program = new URL(`../origin/main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
  const child = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
  let hasEnded = false;
  const ended = new Promise<void>((resolve) =>
    child.once('close', () => {
      hasEnded = true;
      resolve();
    }),
  );
  let queue: Promise<unknown> = Promise.resolve();

  const askNow = (command: OriginCommand): Promise<OriginAnswer> =>
    new Promise((resolve, reject) => {
      if (hasEnded) {
        reject(new Error('the origins have ended'));
        return;
      }
      const timer = setTimeout(() => settle(() => reject(new Error('the origins do not answer'))), answerTimeoutMs);
      const onMessage = (answer: OriginAnswer): void =>
        settle(() => (answer.error === undefined ? resolve(answer) : reject(new Error(answer.error))));
      const onClose = (): void => settle(() => reject(new Error('the origins have ended')));
      const settle = (then: () => void): void => {
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('close', onClose);
        then();
      };
      child.once('message', onMessage);
      child.once('close', onClose);
      child.send(command, (error) => {
        if (error !== null) settle(() => reject(error));
      });
    });
  // One question at a time: answers carry no name.
  const ask = (command: OriginCommand): Promise<OriginAnswer> => {
    const answer = queue.then(() => askNow(command));
    queue = answer.catch(() => undefined);
    return answer;
  };

  const close = async (): Promise<void> => {
    await ask({ type: 'close' }).catch(() => undefined);
    const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
    await ended;
    clearTimeout(timer);
  };
  try {
    const { targets } = await ask({ type: 'start', scale, withPeers });
    if (targets === undefined) throw new Error('the origins do not say where they are');
    return { ...targets, ask, close };
  } catch (error) {
    await close();
    throw error;
  }
}
