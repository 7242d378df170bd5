import { baseline } from './0001-baseline.ts';
import type { Migration } from './migration.ts';

/** In order, numbered from 1 without a gap. */
export const MIGRATIONS: readonly Migration[] = [baseline];
