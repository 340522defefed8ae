import { fork } from 'node:child_process';

/** A process that answers questions, one after the other. */
export interface ServedProgram<Command, Answer> {
  ask(command: Command): Promise<Answer>;
  /** Ends the process. */
  close(): Promise<void>;
}

const answerTimeoutMs = 60_000;

/** Starts a program of this folder's build by its address without an ending. It is asked `start` first, and `close` last. */
export async function startProgram<Command, Answer extends { readonly error?: string }>(
  address: string,
  start: Command,
  last: Command,
): Promise<ServedProgram<Command, Answer> & { readonly first: Answer }> {
  const child = fork(new URL(`${address}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  });
  let hasEnded = false;
  const ended = new Promise<void>((resolve) =>
    child.once('close', () => {
      hasEnded = true;
      resolve();
    }),
  );
  let queue: Promise<unknown> = Promise.resolve();

  const askNow = (command: Command): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (hasEnded) {
        reject(new Error('the origins have ended'));
        return;
      }
      const timer = setTimeout(() => settle(() => reject(new Error('the origins do not answer'))), answerTimeoutMs);
      const onMessage = (answer: Answer): void =>
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
      child.send(command as object, (error) => {
        if (error !== null) settle(() => reject(error));
      });
    });
  // One question at a time: answers carry no name.
  const ask = (command: Command): Promise<Answer> => {
    const answer = queue.then(() => askNow(command));
    queue = answer.catch(() => undefined);
    return answer;
  };

  const close = async (): Promise<void> => {
    await ask(last).catch(() => undefined);
    const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
    await ended;
    clearTimeout(timer);
  };
  try {
    return { first: await ask(start), ask, close };
  } catch (error) {
    await close();
    throw error;
  }
}
