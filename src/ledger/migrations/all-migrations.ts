import { foundation } from './0001-foundation.ts';
import { holds } from './0002-holds.ts';
import { idempotencyKeys } from './0003-idempotency-keys.ts';
import { events } from './0004-events.ts';
import { transactionalEnqueue } from './0005-transactional-enqueue.ts';
import { deliveries } from './0006-deliveries.ts';
import { audit } from './0007-audit.ts';
import { revokedLogins } from './0008-revoked-logins.ts';
import { replays } from './0009-replays.ts';
import { figures } from './0010-figures.ts';
import { saveRoundsFunction } from './0011-save-rounds.ts';
import { searchTexts } from './0012-search-texts.ts';
import { maskAccounts } from './0013-mask-accounts.ts';
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
  revokedLogins,
  replays,
  figures,
  saveRoundsFunction,
  searchTexts,
  maskAccounts,
];
