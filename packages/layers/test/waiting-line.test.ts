import { canceled } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { createWaitingLine, type WaitingLine } from '../src/waiting-line.ts';
import { errorOf } from './scripted-backend.ts';

const where = { op: 'wait', path: '/f' };

function letIn(line: WaitingLine<string, string>): string[] {
  const order: string[] = [];
  for (let next = line.first; next !== undefined; next = line.first) {
    order.push(next.about);
    next.grant('in');
  }
  return order;
}

describe('a waiting line', () => {
  it('lets the more urgent in first, and equals in the order they came', async () => {
    const line = createWaitingLine<string, string>();
    const waits = [
      line.wait('hint', { priority: 'hint' }, where),
      line.wait('ahead 1', { priority: 'ahead' }, where),
      line.wait('demand 1', {}, where),
      line.wait('ahead 2', { priority: 'ahead' }, where),
      line.wait('demand 2', { priority: 'demand' }, where),
    ];
    expect(line.all().map(({ about }) => about)).toEqual(['demand 1', 'demand 2', 'ahead 1', 'ahead 2', 'hint']);
    expect(line.length).toBe(5);
    expect(letIn(line)).toEqual(['demand 1', 'demand 2', 'ahead 1', 'ahead 2', 'hint']);
    expect(await Promise.all(waits)).toEqual(['in', 'in', 'in', 'in', 'in']);
    expect(line.length).toBe(0);
  });

  it('puts who is promoted behind the demanded ones, now and when it waits again', async () => {
    const line = createWaitingLine<string, string>();
    const { signal } = new AbortController();
    const waits = [
      line.wait('ahead', { priority: 'ahead' }, where),
      line.wait('promoted', { priority: 'hint', signal }, where),
      line.wait('demand', {}, where),
    ];
    line.promote(signal);
    expect(letIn(line)).toEqual(['demand', 'promoted', 'ahead']);
    waits.push(
      line.wait('ahead', { priority: 'ahead' }, where),
      line.wait('again', { priority: 'hint', signal }, where),
    );
    expect(letIn(line)).toEqual(['again', 'ahead']);
    await Promise.all(waits);
  });

  it('loses who gives up, and nobody else', async () => {
    const line = createWaitingLine<string, string>();
    const controller = new AbortController();
    const gone: string[] = [];
    const leaving = line.wait('leaving', { signal: controller.signal }, where, () => gone.push('leaving'));
    const staying = line.wait('staying', {}, where, () => gone.push('staying'));
    controller.abort();
    expect(await errorOf(() => leaving)).toMatchObject({ code: 'ECANCELED', op: 'wait', path: '/f' });
    expect(gone).toEqual(['leaving']);
    expect(letIn(line)).toEqual(['staying']);
    expect(await staying).toBe('in');
  });

  it('refuses with the error that is given, and follows no signal any more', async () => {
    const line = createWaitingLine<string, string>();
    const controller = new AbortController();
    const gone: string[] = [];
    const waiting = line.wait('a', { signal: controller.signal }, where, () => gone.push('a'));
    const error = canceled('close');
    for (const waiter of line.all()) waiter.refuse(error);
    expect(await errorOf(() => waiting)).toBe(error);
    controller.abort();
    expect(gone).toEqual([]);
    expect(line.first).toBeUndefined();
  });
});
