import type { Case } from '../case.ts';
import { budgetCases } from './budgets.ts';
import { changeCases } from './changes.ts';
import { contractCases } from './contract.ts';
import { endingCases } from './ending.ts';
import { errorCases } from './errors.ts';
import { httpCases } from './http.ts';
import { mountedCases } from './mounted.ts';
import { nameCases } from './names.ts';
import { optionalCases } from './optional.ts';
import { rangeCases } from './ranges.ts';
import { secretCases } from './secrets.ts';
import { treeCases } from './tree.ts';
import { versionCases } from './versions.ts';

/** Every case, causes before their consequences: the first that fails is the one to look at. */
export const cases: readonly Case[] = [
  ...contractCases,
  ...treeCases,
  ...rangeCases,
  ...nameCases,
  ...versionCases,
  ...optionalCases,
  ...errorCases,
  ...changeCases,
  ...endingCases,
  ...httpCases,
  ...budgetCases,
  ...mountedCases,
  ...secretCases,
];
