import type { Contestant } from './contestant.ts';
import { mirage } from './mirage.ts';
import { inShell, namespace } from './ours.ts';
import { stockMount } from './stock-mount.ts';
import { unstorage } from './unstorage.ts';
import { limit } from './wire.ts';
import { zenfs } from './zenfs.ts';

/** Everybody, in the order of the tables. */
export const contestants: readonly Contestant[] = [limit, namespace, inShell, stockMount, mirage, zenfs, unstorage];
