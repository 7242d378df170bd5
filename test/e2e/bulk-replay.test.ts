import { describe, expect, it } from 'vitest';
import type { Replay } from '../../src/domain/replay.ts';
import { eventually } from '../support/eventually.ts';
import { failedRows } from '../support/failed-rows.ts';
import { startProcessServers } from '../support/process-servers.ts';
import { queryDatabase } from '../support/query-database.ts';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.ts';

const COUNT = 5_000;

async function replayOf(service: ServiceProcess, path: string, init = {}): Promise<Replay> {
  const reply = await service.fetch(path, init);
  return (await reply.json()) as Replay;
}

describe('kill -9 of the process that works a replay of 5,000 off', () => {
  it('is resumed where it stood, and each is replayed once', async () => {
    const { database, sandbox, env: shared } = await startProcessServers();
    const env = { ...shared, QUOTA_PER_SECOND: '10000', CONCURRENCY: '100' };
    const killed = await startServiceProcess(env, ['--run=http,maintenance']);
    await killed.ready();
    await queryDatabase(
      database.url,
      failedRows({ count: COUNT, errorCode: 'LimitExceededException', region: 'us-east-1' }),
    );
    const { id } = await replayOf(killed, '/v1/replays', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      // So that there is a middle to kill in.
      body: JSON.stringify({
        filter: { status: 'failed' },
        ratePerSecond: 2_000,
        reason: 'quota was raised',
      }),
    });
    await eventually(async () => (await replayOf(killed, `/v1/replays/${id}`)).queued >= 500, {
      withinMs: 90_000,
    });
    killed.signalGroup('SIGKILL');
    expect(await killed.ended).toBe('SIGKILL');
    const moved = `select count(*)::integer as count from onboarding.onboardings where replays > 0`;
    const [before] = await queryDatabase<{ count: number }>(database.url, moved);
    expect(before?.count).toBeGreaterThanOrEqual(500);
    expect(before?.count).toBeLessThan(COUNT);

    const again = await startServiceProcess(env);
    await again.ready();
    const over = await eventually(
      async () => {
        const replay = await replayOf(again, `/v1/replays/${id}`);
        return replay.status === 'completed' ? replay : undefined;
      },
      { withinMs: 120_000, everyMs: 100 },
    );
    expect(over).toMatchObject({ matched: COUNT, queued: COUNT, provisioned: COUNT, skipped: 0, waiting: 0 });
    expect(
      await queryDatabase(
        database.url,
        `select status, replays, attempts, count(*)::integer as count
         from onboarding.onboardings group by 1, 2, 3`,
      ),
    ).toEqual([{ status: 'provisioned', replays: 1, attempts: 1, count: COUNT }]);
    expect(
      await queryDatabase(
        database.url,
        `select count(*)::integer as audited, count(distinct subject)::integer as subjects
         from onboarding.audit where action = 'replay'`,
      ),
    ).toEqual([{ audited: COUNT, subjects: COUNT }]);
    const book = (await (await fetch(`${sandbox.url}/__sandbox/calls`)).json()) as {
      counts: { operation: string; count: number }[];
    };
    expect(book.counts.map(({ operation, count }) => [operation, count])).toEqual([
      ['CreatePartnerEventSource', COUNT],
    ]);
  });
});
