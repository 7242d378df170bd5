import { describe, expect, it } from 'vitest';
import type { AccountId } from '../../../../src/domain/account.ts';
import type { Region } from '../../../../src/domain/region.ts';
import type { SourceName } from '../../../../src/domain/source-name.ts';
import { InvalidCursorError, LedgerUnavailableError } from '../../../../src/domain/unavailable.ts';
import type { Ledger, PartnerGateway } from '../../../../src/ports.ts';
import { measureGateway, measureLedger, measureSlots } from '../../../../src/runtime/metrics/measure.ts';

const US = 'us-east-1' as Region;
const SOURCE = {
  region: US,
  sourceName: 'aws.partner/acme.example/42/orders' as SourceName,
  account: '000000000101' as AccountId,
};
const signal = new AbortController().signal;

describe('measureLedger', () => {
  function measured(members: object): { ledger: Ledger & { id: string }; calls: string[] } {
    const calls: string[] = [];
    const ledger = measureLedger(members as Ledger & { id: string }, {
      ledgerCalled: (operation, result, tookMs) => {
        expect(tookMs).toBeGreaterThanOrEqual(0);
        calls.push(`${operation} ${result}`);
      },
    });
    return { ledger, calls };
  }

  it('passes calls and answers through, and tells each by its method', async () => {
    const { ledger, calls } = measured({
      id: 'abc',
      epoch: 'e',
      get: (id: string) => Promise.resolve({ id }),
    });
    expect(await ledger.get('onb_1' as never)).toEqual({ id: 'onb_1' });
    expect([ledger.id, ledger.epoch]).toEqual(['abc', 'e']);
    expect(calls).toEqual(['get ok']);
  });

  it.each([
    ['unavailable', new LedgerUnavailableError('gone')],
    ['error', new Error('a bug')],
    ['ok', new InvalidCursorError('not ours')],
  ])('tells %s, and the caller gets the error itself', async (result, error) => {
    const { ledger, calls } = measured({ ping: () => Promise.reject(error) });
    await expect(ledger.ping()).rejects.toBe(error);
    expect(calls).toEqual([`ping ${result}`]);
  });

  it('leaves alone what is no call: whoever listens gets the way to stop', () => {
    let stopped = 0;
    const { ledger, calls } = measured({ onAccepted: () => () => (stopped += 1) });
    (ledger as unknown as { onAccepted(): () => void }).onAccepted()();
    expect([stopped, calls]).toEqual([1, []]);
  });

  it('does not tell the close', async () => {
    const { ledger, calls } = measured({ close: () => Promise.resolve() });
    await ledger.close();
    expect(calls).toEqual([]);
  });
});

describe('measureGateway', () => {
  const told: object[] = [];
  const awsCalled = (call: object, tookMs: number): void => void told.push({ ...call, tookMs });
  const gateway = (members: Partial<PartnerGateway>): PartnerGateway =>
    measureGateway(members as PartnerGateway, { awsCalled });

  it('tells operation, what came back, and AWS’s own time', async () => {
    told.length = 0;
    const measured = gateway({
      create: () => Promise.resolve({ kind: 'created', durationMs: 12 }),
      describe: () => Promise.resolve({ kind: 'notFound', durationMs: 3 }),
      listAccounts: () =>
        Promise.resolve({
          kind: 'fault',
          durationMs: 4,
          fault: { kind: 'throttled', code: 'ThrottlingException', message: '' },
        }),
    });
    expect(await measured.create(SOURCE, signal)).toEqual({ kind: 'created', durationMs: 12 });
    await measured.describe(SOURCE, signal);
    await measured.listAccounts(SOURCE, signal);
    expect(told).toEqual([
      { region: US, operation: 'create', result: 'created', tookMs: 12 },
      { region: US, operation: 'describe', result: 'notFound', tookMs: 3 },
      { region: US, operation: 'listAccounts', result: 'throttled', tookMs: 4 },
    ]);
  });

  it('tells nothing of a call that was cut', async () => {
    told.length = 0;
    const measured = gateway({ create: () => Promise.reject(new Error('stopping')) });
    await expect(measured.create(SOURCE, signal)).rejects.toThrow('stopping');
    expect(told).toEqual([]);
  });
});

describe('measureSlots', () => {
  it('tells a slot once it is taken, and none that was given up', async () => {
    const told: Region[] = [];
    const gate = measureSlots(
      { take: (_region, cut) => (cut.aborted ? Promise.reject(cut.reason as Error) : Promise.resolve()) },
      { slotTaken: (region) => void told.push(region) },
    );
    await gate.take(US, signal);
    await expect(gate.take(US, AbortSignal.abort(new Error('stopping')))).rejects.toThrow('stopping');
    expect(told).toEqual([US]);
  });
});
