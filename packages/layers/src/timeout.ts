import {
  type CallContext,
  type Clock,
  endedBy,
  type FsBackend,
  FsError,
  isNotModified,
  isThenable,
  type LinkedSignal,
  linkSignals,
  type MaybePromise,
  type NotModified,
  onAbort,
  type ReadAnswer,
  type ReadManyAnswer,
} from '@mountkit/core';
import { type Call, type Layer, layerOver } from './layer.ts';
import { createSilenceWatch, type SilenceWatch } from './silence.ts';
import { discardAnswer, isStream, type StreamTap, tapStream } from './stream.ts';

/** How long a backend may be silent. There is no limit to the whole of a call. */
export interface TimeoutOptions {
  readonly clock: Clock;
  /** Milliseconds until a verb has answered, or the backend has told of 1 KiB more of its answer. */
  readonly firstByteMs: number;
  /** Milliseconds of waiting for a streamed body in which it has to come on by 1 KiB; the time its reader takes does not count. */
  readonly idleMs: number;
  /** Fires when the mount closes: every call under way ends. */
  readonly closing?: AbortSignal;
}

/** A body that drips would hold its permit for days: less than this in one idle time is as good as silence. */
const leastProgressBytes = 1024;

/** What a backend tells of an answer on its way. */
interface Hearing {
  bytes: number;
  /** Lets the wait begin anew; undefined where nothing is waited for. */
  renew: (() => void) | undefined;
}

function hearing(): Hearing {
  return { bytes: 0, renew: undefined };
}

/** The context a backend is given. */
function heardContext(context: CallContext, { signal }: LinkedSignal, told: Hearing): CallContext {
  return {
    ...context,
    signal,
    heard(bytes) {
      told.bytes += bytes;
      context.heard?.(bytes);
      if (told.bytes < leastProgressBytes) return;
      told.bytes = 0;
      told.renew?.();
    },
  };
}

/**
 * Ends a call whose backend is silent for too long with ETIMEDOUT (reason 'timeout', may be made again), and fires the signal the backend was given. A call also ends
 * at once when its own signal fires, whatever the backend makes of that.
 */
export function withTimeout(options: TimeoutOptions): Layer {
  const { clock, firstByteMs, idleMs, closing } = options;
  const firstByte = createSilenceWatch(clock, firstByteMs);
  const idle = createSilenceWatch(clock, idleMs);

  /** Ends with `pending`, with the signal of the link, or after so much silence with ETIMEDOUT. */
  function within<T>(
    pending: PromiseLike<T>,
    silence: SilenceWatch,
    call: Call,
    link: LinkedSignal,
    told: Hearing = hearing(),
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const over = (): void => {
        told.renew = undefined;
        stopWatching();
        stopFollowing();
      };
      const fail = (error: unknown): void => {
        over();
        // Whatever ended the wait, the backend has nobody to work for any more.
        link.abort(error);
        reject(error);
      };
      const watch = (): (() => void) =>
        silence.start(() => fail(timedOut(call, `the origin was silent for ${silence.ms} ms`)));
      let stopWatching = watch();
      told.renew = () => {
        // One begins before the other ends: so the timer runs on.
        const stop = stopWatching;
        stopWatching = watch();
        stop();
      };
      let stopFollowing = (): void => undefined;
      stopFollowing = onAbort(link.signal, () => fail(endedBy(link.signal, call.op, call.path)));
      pending.then((value) => {
        over();
        resolve(value);
      }, fail);
    });
  }

  /** A link for a call that may be answered at once, before anything could fire: it follows the signals only when there is something to wait for. */
  function linkFor({ op, path, context }: Call): LinkedSignal {
    for (const signal of [context.signal, closing]) if (signal?.aborted === true) throw endedBy(signal, op, path);
    return linkSignals();
  }

  function around<T>(call: Call, attempt: (context: CallContext) => MaybePromise<T>): MaybePromise<T> {
    const link = linkFor(call);
    const told = hearing();
    const answer = attempt(heardContext(call.context, link, told));
    if (!isThenable(answer)) return answer;
    link.follow(call.context.signal, closing);
    return within(answer, firstByte, call, link, told).then(
      (value) => {
        link.unlink();
        return value;
      },
      (error: unknown) => {
        link.unlink();
        throw error;
      },
    );
  }

  function tapOfMany(call: Call, link: LinkedSignal, told: Hearing): StreamTap<ReadManyAnswer> {
    let release: (() => void) | undefined;
    let stopFollowing: (() => void) | undefined;
    return {
      pull(next) {
        const silence = release === undefined ? firstByte : idle;
        // Followed throughout, and the timer with it: to begin both anew for each file of a tree costs more than the file.
        release ??= idle.hold();
        stopFollowing ??= onAbort(link.signal, release);
        return within(next(), silence, call, link, told);
      },
      end() {
        release?.();
        stopFollowing?.();
        link.unlink();
      },
    };
  }

  function tapOfBody(call: Call, link: LinkedSignal): StreamTap<Uint8Array> {
    let waitedMs = 0;
    let progressBytes = 0;
    const release = idle.hold();
    // A reader that gave up may never touch the body again. And as long as somebody follows the signal, it costs little to follow it for a piece.
    const stopFollowing = onAbort(link.signal, release);
    return {
      async pull(next) {
        const startedMs = clock.now();
        const piece = await within(next(), idle, call, link);
        if (piece.done === true) return piece;
        waitedMs += clock.now() - startedMs;
        progressBytes += piece.value.byteLength;
        if (progressBytes >= leastProgressBytes) [waitedMs, progressBytes] = [0, 0];
        else if (waitedMs >= idleMs) {
          const error = timedOut(call, 'the body only drips');
          link.abort(error);
          throw error;
        }
        return piece;
      },
      end() {
        release();
        stopFollowing();
        link.unlink();
      },
    };
  }

  function overBackend(inner: FsBackend): FsBackend {
    return layerOver(
      inner,
      {
        around,
        read(path, request, context) {
          const call: Call = { op: 'read', path, context };
          const link = linkFor(call);
          const told = hearing();
          const answer = inner.read(path, request, heardContext(context, link, told));
          if (!isThenable(answer) && !isStreamed(answer)) return answer;
          link.follow(context.signal, closing);
          const finish = <A extends Awaited<typeof answer>>(each: A): A => {
            if (isStreamed(each)) return { ...each, body: tapStream(each.body, tapOfBody(call, link)) };
            link.unlink();
            return each;
          };
          if (!isThenable(answer)) return finish(answer);
          return within(answer, firstByte, call, link, told).then(finish, (error: unknown) => {
            link.unlink();
            // An answer that comes after all must not hold its connection.
            discardAnswer(answer);
            throw error;
          });
        },
        readMany(wanted, context) {
          const link = linkSignals(context.signal, closing);
          const told = hearing();
          const answers = inner.readMany?.(wanted, heardContext(context, link, told)) ?? nothing();
          return tapStream(answers, tapOfMany({ op: 'readMany', path: '/', context }, link, told));
        },
      },
      overBackend,
    );
  }
  return overBackend;
}

/** An answer whose body comes in pieces. */
function isStreamed<A extends ReadAnswer | NotModified>(
  answer: A,
): answer is A & ReadAnswer & { readonly body: AsyncIterable<Uint8Array> } {
  return !isNotModified(answer) && isStream(answer.body);
}

function timedOut({ op, path }: Call, detail: string): FsError {
  return new FsError('ETIMEDOUT', { op, path, reason: 'timeout', retry: 'safe', detail });
}

async function* nothing(): AsyncIterable<never> {}
