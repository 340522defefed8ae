import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { linkSignals, onAbort } from '../src/index.ts';

describe('following a signal', () => {
  it('takes one listener for any number of followers, and none when the last has left', () => {
    const { signal } = new AbortController();
    const stops = Array.from({ length: 100 }, () => onAbort(signal, () => undefined));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    for (const stop of stops) stop();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('calls every follower that has not left, once', () => {
    const controller = new AbortController();
    const called: string[] = [];
    const follower = (): number => called.push('twice');
    onAbort(controller.signal, follower);
    onAbort(controller.signal, follower);
    onAbort(controller.signal, () => called.push('left'))();
    controller.abort();
    expect(called).toEqual(['twice', 'twice']);
  });

  it('lets a follower leave while the others are called', () => {
    const controller = new AbortController();
    const called: string[] = [];
    let stop = (): void => undefined;
    onAbort(controller.signal, () => stop());
    stop = onAbort(controller.signal, () => called.push('gone'));
    controller.abort();
    expect(called).toEqual([]);
  });

  it('goes on after the last has left', () => {
    const controller = new AbortController();
    onAbort(controller.signal, () => undefined)();
    const called: string[] = [];
    onAbort(controller.signal, () => called.push('again'));
    controller.abort();
    expect(called).toEqual(['again']);
  });

  it('calls at once when the signal has fired', () => {
    const called: string[] = [];
    onAbort(AbortSignal.abort(), () => called.push('now'));
    expect(called).toEqual(['now']);
  });
});

describe('a linked signal', () => {
  it('fires with the reason of the first source that does, and follows none any more', () => {
    const [one, two] = [new AbortController(), new AbortController()];
    const linked = linkSignals(one.signal, undefined, two.signal);
    two.abort('second');
    one.abort('first');
    expect(linked.signal.reason).toBe('second');
    expect([one, two].flatMap(({ signal }) => getEventListeners(signal, 'abort'))).toEqual([]);
  });

  it('fires when it is told to, and does not touch its sources', () => {
    const source = new AbortController();
    const linked = linkSignals(source.signal);
    linked.abort('enough');
    expect([linked.signal.reason, source.signal.aborted]).toEqual(['enough', false]);
    expect(getEventListeners(source.signal, 'abort')).toEqual([]);
  });

  it('has fired when a source has', () => {
    expect(linkSignals(AbortSignal.abort('early')).signal.reason).toBe('early');
  });

  it('no longer fires once it is unlinked', () => {
    const source = new AbortController();
    const linked = linkSignals(source.signal);
    linked.unlink();
    source.abort();
    expect(linked.signal.aborted).toBe(false);
  });
});
