import { foundation } from './0001-foundation.ts';
import { holds } from './0002-holds.ts';
import { deliveries } from './0003-deliveries.ts';
import type { Migration } from './migration.ts';

/** In order; the numbers run on from 1. */
export const MIGRATIONS: readonly Migration[] = [foundation, holds, deliveries];
