import { describe, expect, it } from 'vitest';
import {
  accepted,
  asOf,
  created,
  deleted,
  detached,
  exists,
  PENDING_LIFETIME_MS,
  seeded,
  type Source,
} from '../../../src/sandbox/source.ts';

const ACME = '111111111111';
const OTHER = '222222222222';
const NOW = 1_800_000_000_000;

const pending = created(null, ACME, NOW)!;
const active = accepted(pending)!;
const removed = deleted(active, ACME)!;

describe('a source in the sandbox', () => {
  it('is born pending and ends exactly when its time is up', () => {
    expect(pending).toMatchObject({ account: ACME, state: 'PENDING', oldBus: false });
    expect(asOf(pending, NOW + PENDING_LIFETIME_MS - 1)).toBe(pending);
    expect(asOf(pending, NOW + PENDING_LIFETIME_MS)).toBeNull();
  });

  it('does not expire once the customer has accepted it', () => {
    expect(asOf(active, NOW + 100 * PENDING_LIFETIME_MS)).toBe(active);
    expect(active).toMatchObject({ state: 'ACTIVE', expiresAtMs: null });
  });

  it('gets a new expiry when the customer lets go of it', () => {
    expect(detached(active, NOW + 5)).toMatchObject({
      state: 'PENDING',
      expiresAtMs: NOW + 5 + PENDING_LIFETIME_MS,
    });
  });

  it('refuses a second create, whoever asks', () => {
    expect(created(pending, ACME, NOW)).toBeUndefined();
    expect(created(active, OTHER, NOW)).toBeUndefined();
  });

  it('vanishes when it is deleted while pending', () => {
    expect(deleted(pending, ACME)).toBeNull();
  });

  it('leaves a DELETED record when it is deleted while active, and the old bus when it is created again', () => {
    expect(removed).toMatchObject({ state: 'DELETED', oldBus: true });
    expect(exists(removed)).toBe(false);
    expect(created(removed, ACME, NOW)).toMatchObject({ state: 'PENDING', oldBus: true });
    expect(created(removed, OTHER, NOW)).toMatchObject({ account: OTHER, oldBus: false });
    expect(accepted(created(removed, ACME, NOW)!)).toMatchObject({ state: 'ACTIVE', oldBus: false });
  });

  it.each<[string, Source | null]>([
    ['nothing', null],
    ['a pending source', pending],
    ['an active source', active],
    ['a DELETED record', removed],
  ])('leaves %s as it is when another account deletes it', (_, source) => {
    expect(deleted(source, OTHER)).toBe(source);
  });

  it('can be accepted only while pending and detached only while active', () => {
    expect([accepted(null), accepted(active), accepted(removed)]).toEqual([undefined, undefined, undefined]);
    expect([detached(null, NOW), detached(pending, NOW), detached(removed, NOW)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('seeds another account than the caller for "other", even when the caller is that account', () => {
    expect(seeded('other', ACME, NOW).account).toBe('999999999999');
    expect(seeded('other', '999999999999', NOW).account).not.toBe('999999999999');
  });

  it('refuses creates on a "gone" record until that is deleted permanently', () => {
    const gone = seeded('gone', ACME, NOW);
    expect(gone.state).toBe('DELETED');
    expect(created(gone, ACME, NOW)).toBeUndefined();
    expect(deleted(gone, ACME)).toBeNull();
  });
});
