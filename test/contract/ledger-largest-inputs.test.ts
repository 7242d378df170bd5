import { FOLLOWED } from '../support/ledger-fixtures.ts';
import { join } from 'node:path';
import type { PostgresPool } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BATCH_MAX } from '../../src/api/schemas/onboardings.ts';
import type { NewOnboarding } from '../../src/domain/acceptance.ts';
import type { DeliveryRun } from '../../src/domain/delivery.ts';
import { firstIdAt, importId, type ImportId, type OnboardingId } from '../../src/domain/ids.ts';
import { REPLAY_IDS_MAX } from '../../src/domain/replay.ts';
import type { Region } from '../../src/domain/region.ts';
import { openDatabase } from '../../src/ledger/database/database.ts';
import { openEmbeddedDatabase } from '../../src/ledger/embedded/embedded-database.ts';
import { createLedger, type OpenLedger } from '../../src/ledger/ledger.ts';
import { migrate } from '../../src/ledger/migrations/migrate.ts';
import { createPostgresPool } from '../../src/ledger/database/postgres-pool.ts';
import { makeTextIndex } from '../../src/ledger/search/text-index.ts';
import type { Ledger } from '../../src/ports.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { dataDirWithLedger } from '../support/data-dir.ts';
import {
  AT,
  deliveryWrite,
  later,
  newOnboarding,
  ownRegion,
  roundWrite,
} from '../support/ledger-fixtures.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { recordingLog } from '../support/recording-log.ts';
import { newReplay } from '../support/replay-fixtures.ts';

/** How much a call is given: a few, or as many as anything outside the ledger may hand in or ask for. */
interface Size {
  readonly items: number;
  readonly ids: number;
  readonly page: number;
  readonly metadataBytes: number;
  readonly textLength: number;
}

const SMALL: Size = { items: 3, ids: 3, page: 3, metadataBytes: 20, textLength: 3 };
const LARGEST: Size = {
  items: BATCH_MAX,
  ids: REPLAY_IDS_MAX,
  page: 1_000,
  metadataBytes: 8_000,
  textLength: 200,
};

const importOf = (region: string): ImportId =>
  importId(Date.parse(AT), new TextEncoder().encode(region.slice(5, 17).padEnd(16)));
const pause = { actor: 'operator:maria', reason: 'r'.repeat(500), at: later(3) };

/** What all calls of one size are made with. */
class Material {
  readonly region: Region = ownRegion();
  readonly size: Size;
  readonly requests: readonly NewOnboarding[];
  readonly ids: readonly OnboardingId[];
  replay = newReplay();
  deliveries: readonly DeliveryRun[] = [];

  constructor(size: Size) {
    this.size = size;
    this.requests = this.newRequests();
    this.ids = Array.from({ length: size.ids }, (_, n) => this.requests[n]?.id ?? newOnboarding().id);
    this.replay = newReplay({ filter: { region: this.region, ids: this.ids } });
  }

  newRequests(): readonly NewOnboarding[] {
    const metadata = { note: 'ä'.repeat(this.size.metadataBytes / 2) };
    return Array.from({ length: this.size.items }, () => newOnboarding({ region: this.region, metadata }));
  }

  get only(): NewOnboarding {
    return this.requests[0]!;
  }

  refs(): readonly { id: OnboardingId; replays: number }[] {
    return this.requests.map(({ id }) => ({ id, replays: 0 }));
  }

  text(): string {
    return 'x1%_\\'.repeat(this.size.textLength).slice(0, this.size.textLength);
  }
}

const together = (calls: readonly Promise<unknown>[]): Promise<unknown> => Promise.all(calls);
const holder = 'process-1';
const failuresOf = (m: Material) => ({ about: 'failures', code: m.text(), count: 11 }) as const;

/**
 * Every method of the port, in an order in which each has something to work on. A method that is missing here does not
 * compile.
 */
const CALLS: Readonly<
  Record<
    Exclude<keyof Ledger, 'epoch' | 'hasWebhook' | 'close'>,
    (ledger: Ledger, m: Material) => Promise<unknown>
  >
> = {
  ping: (ledger) => ledger.ping(),
  accept: async (ledger, { requests }) => {
    await ledger.accept(requests);
    // A second time, lifted: the statement that finds who holds each name.
    return ledger.accept(requests.map((request) => ({ ...request, id: newOnboarding().id, lane: 'live' })));
  },
  acceptKeyed: async (ledger, m) => {
    const call = (key: string, requests: readonly NewOnboarding[]) => ({
      key,
      fingerprint: 'f'.repeat(64),
      at: AT,
      requests,
      answer: () => 'x'.repeat(m.size.metadataBytes),
    });
    await ledger.acceptKeyed(call(`batch-${m.region}`, m.newRequests()));
    // Single calls go out together, with their keys and answers.
    return together(
      m.newRequests().map((request, n) => ledger.acceptKeyed(call(`${m.region}-${n}`, [request]))),
    );
  },
  pruneKeys: (ledger, { size }) => ledger.pruneKeys({ before: later(10_000), limit: size.page }),
  findHolders: (ledger, { requests }) => ledger.findHolders(requests),
  markQueued: (ledger, m) => ledger.markQueued(m.refs(), AT),
  unqueue: (ledger, m) => ledger.unqueue(m.refs(), AT),
  get: (ledger, { only }) => ledger.get(only.id),
  getMany: (ledger, { ids }) => ledger.getMany(ids),
  list: async (ledger, m) => {
    const page = { limit: m.size.page };
    await ledger.list({ region: m.region }, page);
    return ledger.list({ q: m.text() }, page);
  },
  acceptedBatch: (ledger, { size }) => ledger.acceptedBatch({ limit: size.page }),
  backlog: (ledger) => ledger.backlog(),
  openBatch: (ledger, { size }) => ledger.openBatch({ limit: size.page }),
  takeLifts: (ledger, { size }) => ledger.takeLifts(AT, size.page),
  loadRun: (ledger, { requests }) => together(requests.map(({ id }) => ledger.loadRun(id))),
  saveRound: (ledger, m) =>
    together(m.refs().map((ref) => ledger.saveRound(roundWrite({ ...ref, nextAttemptAt: null }, 'failed')))),
  attempts: (ledger, { only }) => ledger.attempts(only.id),
  claimDeliveries: async (ledger, m) => {
    const limit = m.size.page;
    const claim = { now: later(10_000), limit, perOrigin: limit, inFlight: {}, leaseMs: 60_000 };
    m.deliveries = await ledger.claimDeliveries(claim);
    expect(m.deliveries).toHaveLength(m.size.items);
  },
  releaseDelivery: (ledger, { deliveries }) => ledger.releaseDelivery(deliveries[0]!),
  saveDeliveryAttempt: (ledger, { deliveries }) =>
    together(
      deliveries.map(({ delivery }) => ledger.saveDeliveryAttempt(deliveryWrite(delivery, 'delivered'))),
    ),
  claimChecks: (ledger, m) =>
    ledger.claimChecks({
      regions: m.requests.map(({ region }) => region),
      perRegion: m.size.page,
      now: later(10_000_000),
      leaseMs: 0,
    }),
  claimCheck: (ledger, { only }) => ledger.claimCheck(only.id, { now: later(10_000), quietMs: 0 }),
  saveCheck: (ledger, { only }) =>
    ledger.saveCheck({
      ...{ id: only.id, replays: 0, lookedAt: AT, at: AT, followed: FOLLOWED },
      news: { event: 'source.expiring', hoursLeft: 24 },
      isChange: true,
    }),
  judgeLosses: (ledger, { only }) => ledger.judgeLosses(only.region, { decision: 'confirm', ...pause }),
  countExpiring: (ledger) => ledger.countExpiring(later(99_999)),
  countOverdue: (ledger) => ledger.countOverdue(),
  connectionChanges: (ledger, { only }) => ledger.connectionChanges(only.id),
  recentLosses: (ledger, { only }) => ledger.recentLosses(only.region, AT),
  renew: (ledger, { only }) => ledger.renew(only.id, { replays: 0, at: AT }),
  getDelivery: (ledger, { deliveries }) => ledger.getDelivery(deliveries[0]!.delivery.id),
  listDeliveries: (ledger, { size }) => ledger.listDeliveries({}, { limit: size.page }),
  replayDelivery: (ledger, { deliveries }) => ledger.replayDelivery(deliveries[0]!.delivery.id, pause),
  listEndpoints: (ledger, { size }) => ledger.listEndpoints(size.page),
  deliveryCounts: (ledger) => ledger.deliveryCounts(),
  sendDeliveriesNow: (ledger) => ledger.sendDeliveriesNow(pause),
  sendTestDelivery: (ledger) => ledger.sendTestDelivery(pause),
  deliveryBacklog: (ledger) => ledger.deliveryBacklog(),
  beginAlert: (ledger, m) => ledger.beginAlert({ topic: failuresOf(m), since: AT }, { at: AT, holder }),
  lastingAlerts: (ledger) => ledger.lastingAlerts(),
  endAlert: (ledger, m) => ledger.endAlert(failuresOf(m), { at: AT, holder }),
  tellLedgerBack: (ledger) => ledger.tellLedgerBack({ topic: { about: 'ledger', host: 'h' }, since: AT }, AT),
  failuresSince: (ledger) => ledger.failuresSince(AT),
  previewReplay: (ledger, { replay }) => ledger.previewReplay(replay.filter),
  createReplay: (ledger, { replay }) => ledger.createReplay(replay),
  createReplayKeyed: (ledger, { replay, region }) =>
    ledger.createReplayKeyed(newReplay({ filter: replay.filter }), {
      key: `replay-${region}`,
      fingerprint: 'f',
      answer: () => 'answer',
    }),
  getReplay: (ledger, { replay }) => ledger.getReplay(replay.id),
  listReplays: (ledger, { size }) => ledger.listReplays({}, { limit: size.page }),
  runningReplays: (ledger) => ledger.runningReplays(),
  leaseReplays: (ledger) => ledger.leaseReplays(holder, 60_000),
  replaysToQueue: (ledger, { size }) => ledger.replaysToQueue(holder, size.page),
  moveReplayBatch: async (ledger, { replay, size }) => {
    const moved = await ledger.moveReplayBatch(replay.id, { holder, limit: size.page, at: later(20) });
    expect(moved?.jobs.length).toBe(size.items);
  },
  replayBatchQueued: (ledger, { replay }) => ledger.replayBatchQueued(replay.id, { holder, at: later(21) }),
  settleReplay: (ledger, { replay, size }) =>
    ledger.settleReplay(replay.id, { holder, after: 0, limit: size.page, at: later(22) }),
  cancelReplay: (ledger, { replay }) => ledger.cancelReplay(replay.id, pause),
  releaseReplays: (ledger) => ledger.releaseReplays(holder),
  replay: (ledger, { only }) => ledger.replay(only.id, { from: 'failed', ...pause }),
  cancel: (ledger, { only }) => ledger.cancel(only.id, { replays: 1, ...pause }),
  beginHold: (ledger, { region }) =>
    ledger.beginHold({ region, kind: 'operator', reason: pause.reason, actor: pause.actor, beganAt: AT }),
  lastingHolds: (ledger) => ledger.lastingHolds(),
  holdsSince: (ledger, { region }) => ledger.holdsSince(region, AT),
  endHold: (ledger, { region }) => ledger.endHold(region, 'operator', { at: later(5) }),
  resumeRegion: (ledger, { region }) => ledger.resumeRegion(region, pause),
  saveRejects: (ledger, { size, region }) =>
    ledger.saveRejects(
      importOf(region),
      Array.from({ length: size.items }, (_, n) => ({
        row: n + 1,
        line: n + 2,
        cells: Array.from({ length: 20 }, (_cell, cell) => `cell ${cell}`),
        issues: [{ field: 'account', code: 'invalid', message: 'm'.repeat(size.textLength) }],
      })),
    ),
  saveImport: (ledger, { size, region }) =>
    ledger.saveImport({
      report: {
        id: importOf(region),
        rows: size.items,
        accepted: 0,
        duplicates: 0,
        rejected: size.items,
        cleaned: 0,
        ignoredColumns: Array.from({ length: 200 }, (_, n) => `column ${n}`),
        createdAt: AT,
      },
      file: { delimiter: ',', columns: Array.from({ length: 200 }, (_, n) => `column ${n}`) },
      actor: 'operator:maria',
    }),
  getImport: (ledger, { region }) => ledger.getImport(importOf(region)),
  importRejects: (ledger, { size, region }) =>
    ledger.importRejects(importOf(region), { after: 0, limit: size.page }),
  pruneRejects: (ledger, { size }) =>
    ledger.pruneRejects({ before: firstIdAt(Date.parse(later(10_000)), 'imp'), limit: size.page }),
  recordAudit: (ledger, { region }) =>
    ledger.recordAudit({
      at: AT,
      actor: 'operator:maria',
      action: 'pause',
      subject: region,
      reason: pause.reason,
      before: { paused: false, draining: false },
      after: { paused: true, draining: false },
    }),
  listAudit: (ledger, { size }) => ledger.listAudit({}, { limit: size.page }),
  counts: (ledger) => ledger.counts(),
  textIndexed: (ledger) => ledger.textIndexed(),
  figures: (ledger, { region }) =>
    ledger.figures({ from: AT, to: later(60 * 24 * 400), stepSeconds: 86_400 }, region),
  failures: (ledger, { region }) => ledger.failures({ region }, Date.parse(later(60))),
  pruneFigures: (ledger, { size }) =>
    ledger.pruneFigures({ minutesBefore: AT, hoursBefore: AT, limit: size.page }),
  revokeLogin: (ledger, { region }) => ledger.revokeLogin({ id: region, expiresAt: later(5), at: AT }),
  revokedLogins: (ledger) => ledger.revokedLogins(AT),
};

/** A pool that writes down the texts of the statements that go through it. */
function recorded(pool: PostgresPool, texts: Set<string>): PostgresPool {
  return {
    async connect() {
      const client = await pool.connect();
      const query = (text: string, parameters: readonly unknown[]): Promise<unknown> => {
        texts.add(text);
        return client.query(text, parameters);
      };
      return { query: query as typeof client.query, release: () => client.release() };
    },
    end: () => pool.end(),
  };
}

const POOLS = {
  async postgres(): Promise<PostgresPool> {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    return createPostgresPool({
      url: database.url,
      maxConnections: 4,
      connectWithinMs: 60_000,
      log: recordingLog(),
    });
  },
  async embedded(): Promise<PostgresPool> {
    const dir = join(await dataDirWithLedger(), 'ledger');
    const session = await openEmbeddedDatabase(dir, { log: recordingLog() });
    return session.pool({ turnWithinMs: 60_000, statementWithinMs: 60_000 });
  },
};

async function openRecorded(
  kind: keyof typeof POOLS,
): Promise<{ ledger: OpenLedger; texts: () => ReadonlySet<string> }> {
  const texts = new Set<string>();
  const db = openDatabase(recorded(await POOLS[kind](), texts));
  const stamp = await migrate(db, { awsMode: 'sandbox', partner: 'acme.example' });
  await makeTextIndex(db, { log: recordingLog(), concurrently: false });
  texts.clear();
  const ledger = createLedger(db, {
    ...stamp,
    clock: systemClock,
    log: recordingLog(),
    answerWithinMs: 60_000,
    receivers: { webhookUrl: 'https://webhook.example' },
  });
  onTestFinished(() => ledger.close());
  return {
    ledger,
    texts: () => {
      const seen = new Set(texts);
      texts.clear();
      return seen;
    },
  };
}

describe.each(['postgres', 'embedded'] as const)('the ledger on %s', { timeout: 180_000 }, (kind) => {
  test('answers every call at its largest allowed input, and no statement grows with it', async () => {
    const { ledger, texts } = await openRecorded(kind);
    const run = async (size: Size): Promise<{ length: number; parameters: number }> => {
      const material = new Material(size);
      for (const call of Object.values(CALLS)) await call(ledger, material);
      const seen = [...texts()];
      return {
        length: Math.max(...seen.map((text) => text.length)),
        parameters: Math.max(...seen.map((text) => text.match(/\$\d+/g)?.length ?? 0)),
      };
    };
    const small = await run(SMALL);
    expect(small.parameters).toBeGreaterThan(0);
    expect(await run(LARGEST)).toEqual(small);
  });
});
