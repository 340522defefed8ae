import { describe, expect, it } from 'vitest';
import { amplificationBudget } from '../../src/planner/budget.ts';

describe('the bound on speculation', () => {
  it('is a floor and a multiple of what was delivered', () => {
    const budget = amplificationBudget(3, 1000);
    expect(budget.room()).toBe(1000);
    budget.book('speculative', 800);
    budget.delivered(100);
    expect(budget.room()).toBe(500);
  });

  it('does not hold what was demanded, announced, or bought because it was hot', () => {
    const budget = amplificationBudget(3, 1000);
    budget.book('demand', 5000);
    budget.book('hinted', 5000);
    budget.book('hot', 5000);
    expect(budget.room()).toBe(1000);
  });

  it('gives back what never came', () => {
    const budget = amplificationBudget(3, 1000);
    budget.book('speculative', 1000);
    budget.refund('speculative', 400);
    expect(budget.room()).toBe(400);
    expect(budget.stats.speculativeBytes).toBe(600);
  });

  it('has no floor where nothing may be speculated', () => {
    const budget = amplificationBudget(0, 1000);
    budget.delivered(1e9);
    expect(budget.room()).toBe(0);
    expect(budget.speculates).toBe(false);
  });
});
