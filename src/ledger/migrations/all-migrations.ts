import { foundation } from './0001-foundation.ts';
import { holds } from './0002-holds.ts';
import { idempotencyKeys } from './0003-idempotency-keys.ts';
import { events } from './0004-events.ts';
import { transactionalEnqueue } from './0005-transactional-enqueue.ts';
import { deliveries } from './0006-deliveries.ts';
import { audit } from './0009-audit.ts';
import type { Migration } from './migration.ts';

/** In order; the numbers run on from 1. */
export const MIGRATIONS: readonly Migration[] = [
  foundation,
  holds,
  idempotencyKeys,
  events,
  transactionalEnqueue,
  deliveries,
  audit,
];
