import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { QueueUnavailableError } from '../../../../src/domain/unavailable.ts';
import { bounded, withoutSecrets } from '../../../../src/queue/redis/bounded.ts';

describe('errors of Redis', () => {
  test('become QueueUnavailableError and keep their cause', async () => {
    const refusal = Object.assign(new Error('NOAUTH'), { command: { name: 'auth', args: ['hunter2'] } });
    const failing = bounded('add jobs', async () => Promise.reject(refusal));
    await expect(failing).rejects.toBeInstanceOf(QueueUnavailableError);
    await expect(failing).rejects.toMatchObject({ cause: { message: 'NOAUTH' } });
    const refused: unknown = await failing.catch((error: unknown) => error);
    expect(inspect(refused, { depth: 10 })).not.toContain('hunter2');
  });

  test('bugs stay what they are', async () => {
    const failing = bounded('add jobs', async () => Promise.reject(new TypeError('x is not a function')));
    await expect(failing).rejects.toBeInstanceOf(TypeError);
  });

  test('lose the command that ioredis hangs on them', () => {
    const error = Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['hunter2'] } });
    expect(withoutSecrets(error).message).toBe('WRONGPASS');
    expect(inspect(withoutSecrets(error), { showHidden: true })).not.toContain('hunter2');
  });

  test.each([
    ['redis://default:hunter2@host:6379 is wrong', 'redis://***@host:6379 is wrong'],
    ['rediss://:p@ss@host/1', 'rediss://***@host/1'],
    ['connect ECONNREFUSED 127.0.0.1:6379', 'connect ECONNREFUSED 127.0.0.1:6379'],
  ])('%s is shown as %s', (message, shown) => {
    expect(withoutSecrets(new Error(message)).message).toBe(shown);
  });

  test('an AggregateError without a message tells those of its parts', () => {
    const error = new AggregateError([new Error('connect ::1'), new Error('connect 127.0.0.1')], '');
    expect(withoutSecrets(error).message).toBe('connect ::1; connect 127.0.0.1');
  });
});
