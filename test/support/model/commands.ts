import type fc from 'fast-check';
import { expect } from 'vitest';
import type { AccountId } from '../../../src/domain/account.ts';
import type { Lane, OnboardingRequest, Status } from '../../../src/domain/onboarding.ts';
import type { Region } from '../../../src/domain/region.ts';
import { QueueUnavailableError } from '../../../src/domain/unavailable.ts';
import type { SourceName } from '../../../src/domain/source-name.ts';
import { compareRows } from './compare-rows.ts';
import { hold, type Answer, type Holding } from './aws.ts';
import { isOpen, type Case, type Expected } from './expected.ts';
import type { ModelledSystem } from './system.ts';

export type Command = fc.AsyncCommand<Expected, ModelledSystem>;

const REGION = 'us-east-1' as Region;

/** A step with the words that a failure shows it by. */
function command(words: string, steps: Omit<Command, 'toString'>): Command {
  return {
    check: (model) => steps.check(model),
    async run(model, real) {
      await steps.run(model, real);
      await compareRows(model, real);
    },
    toString: () => words,
  };
}

export function accept(
  name: SourceName,
  account: AccountId,
  { replyLost, ...rest }: { lane: Lane; customerId: string | null; replyLost: boolean },
): Command {
  const words = `${short(name)}, ${account}, ${rest.lane}, ${rest.customerId}`;
  return command(`accept(${words}${replyLost ? ', the reply of Redis lost' : ''})`, {
    check: () => true,
    async run(model, real) {
      const request: OnboardingRequest = {
        account,
        region: REGION,
        sourceName: name,
        metadata: {},
        callbackUrl: null,
        ...rest,
      };
      real.carrier.losesReplies = replyLost;
      const answer = await real.accept(request);
      real.carrier.losesReplies = false;
      const holder = model.cases.get(name);
      if (holder === undefined) {
        expect(answer.kind).toBe('accepted');
        model.cases.set(name, newCase(answer.onboarding.id, request, { away: model.away, replyLost }));
        return;
      }
      expect(answer).toMatchObject({
        kind: holder.account === account ? 'existing' : 'taken',
        onboarding: { id: holder.id, account: holder.account, customerId: holder.customerId },
      });
      if (holder.account === account && rest.lane === 'live' && isOpen(holder.status)) holder.lane = 'live';
    },
  });
}

function newCase(
  id: Case['id'],
  { account, customerId, lane }: OnboardingRequest,
  { away, replyLost }: { away: boolean; replyLost: boolean },
): Case {
  return {
    id,
    account,
    customerId,
    lane,
    status: away || replyLost ? 'accepted' : 'queued',
    outcome: null,
    errorKind: null,
    replays: 0,
    rounds: 0,
    carried: !away,
    attempts: [],
    audited: [],
  };
}

export function run(nth: number, answer: Answer): Command {
  return command(`run(${nth}, ${answer})`, {
    check: (model) => model.runnable(nth) !== undefined,
    async run(model, real) {
      const { name, found } = model.runnable(nth)!;
      const result = model.run(name, found, answer);
      const verdict = await real.run({ ...found, region: REGION }, answer);
      expect(verdict.kind).toBe(
        { provisioned: 'done', failed: 'failed', interrupted: 'putBack', retrying: verdict.kind }[result.end],
      );
      model.save(found, found, result);
      expectHeldByRightAccount(found, name, real);
    },
  });
}

/**
 * The same job run twice at once, as when a worker's lock has run out: the slow one loads first, asks AWS last and
 * saves last, and the queue no longer hears it. In between an operator may have replayed or cancelled the onboarding.
 */
export function runTwice(
  nth: number,
  answers: { fast: Answer; slow: Answer; between: 'nothing' | 'replay' | 'cancel' },
): Command {
  const { fast, slow, between } = answers;
  return command(`runTwice(${nth}, fast ${fast}, ${between}, slow ${slow})`, {
    check: (model) => model.runnable(nth) !== undefined && !model.bothWait(nth, fast, slow),
    async run(model, real) {
      const { name, found } = model.runnable(nth)!;
      const begun = { ...found };
      const job = { ...found, region: REGION };
      const held = hold();
      const slowRun = real.run(job, slow, held);
      await held.reached;
      model.save(found, begun, model.run(name, begun, fast));
      await real.run(job, fast);
      if (between === 'replay' && model.mayReplay(name) === 'queued') {
        expect((await real.replay(found.id, false)).kind).toBe('queued');
        model.replay(found);
      }
      if (between === 'cancel' && model.mayCancel(name) === 'cancelled') {
        expect((await real.cancel(found.id, false)).kind).toBe('cancelled');
        model.cancel(name, found);
      }
      held.release();
      await slowRun;
      model.save(found, begun, model.run(name, begun, slow));
      expectHeldByRightAccount(found, name, real);
    },
  });
}

function expectHeldByRightAccount(found: Case, name: string, real: ModelledSystem): void {
  if (found.status === 'provisioned') expect(real.aws.sources.get(name)?.account).toBe(found.account);
}

export function cancel(name: SourceName, dryRun: boolean): Command {
  return command(`cancel(${short(name)}${dryRun ? ', dry run' : ''})`, {
    check: (model) => model.cases.has(name),
    async run(model, real) {
      const found = model.cases.get(name)!;
      const expected = model.mayCancel(name);
      const asked = real.cancel(found.id, dryRun);
      if (model.away && expected === 'cancelled') {
        await expect(asked).rejects.toThrow(QueueUnavailableError);
        return;
      }
      expect((await asked).kind).toBe(expected === 'cancelled' && dryRun ? 'wouldCancel' : expected);
      if (expected === 'cancelled' && !dryRun) model.cancel(name, found);
    },
  });
}

/** A job that is added although its onboarding was cancelled. */
export function runCancelled(nth: number): Command {
  return command(`runCancelled(${nth})`, {
    check: (model) => model.cancelled.length > 0,
    async run(model, real) {
      const { found } = model.cancelled[nth % model.cancelled.length]!;
      const before = real.aws.creates;
      expect((await real.run({ ...found, region: REGION }, 'ok', hold())).kind).toBe('done');
      expect(real.aws.creates).toBe(before);
    },
  });
}

/** A job that outlived its round: the row has ended, or is at a later replay. */
export function runStale(name: SourceName): Command {
  const staleReplay = ({ status, replays }: Case): number => (isOpen(status) ? replays - 1 : replays);
  return command(`runStale(${short(name)})`, {
    check: (model) => staleReplay(model.cases.get(name) ?? NOBODY) >= 0,
    async run(model, real) {
      const found = model.cases.get(name)!;
      const before = real.aws.creates;
      await real.run({ id: found.id, replays: staleReplay(found), region: REGION }, 'ok', hold());
      expect(real.aws.creates).toBe(before);
    },
  });
}

const NOBODY = { status: 'queued', replays: 0 } as Case;

export function replay(name: SourceName, dryRun: boolean): Command {
  return command(`replay(${short(name)}${dryRun ? ', dry run' : ''})`, {
    check: (model) => model.cases.has(name),
    async run(model, real) {
      const found = model.cases.get(name)!;
      const expected = model.mayReplay(name);
      const answer = await real.replay(found.id, dryRun);
      expect(answer.kind).toBe(expected === 'queued' && dryRun ? 'wouldQueue' : expected);
      if (expected === 'queued' && !dryRun) model.replay(found);
    },
  });
}

/** AWS, the customer or another partner's mistake changes who holds the name. */
export function changeAws(name: SourceName, to: Holding | undefined): Command {
  return command(`aws(${short(name)}, ${to === undefined ? 'gone' : `${to.account} ${to.state}`})`, {
    check: () => true,
    run(model, real) {
      for (const sources of [model.aws, real.aws.sources]) {
        if (to === undefined) sources.delete(name);
        else sources.set(name, to);
      }
      return Promise.resolve();
    },
  });
}

export function redis(change: 'goes or returns' | 'goes unnoticed or returns' | 'loses everything'): Command {
  return command(`redis ${change}`, {
    check: () => true,
    run(model, real) {
      if (change === 'loses everything') {
        real.carrier.loseEverything();
        model.loseQueue();
      } else {
        model.away = !model.away;
        real.carrier.away = model.away;
        real.carrier.unnoticed = change === 'goes unnoticed or returns';
      }
      return Promise.resolve();
    },
  });
}

/** Redis is there, and maintenance passes. */
export const rescue = (): Command =>
  command('rescue', {
    check: () => true,
    async run(model, real) {
      model.away = false;
      real.carrier.away = false;
      await real.rescue();
      model.rescue();
    },
  });

/** Everything that has failed. `isWorked`: at once, else whenever a later step does it. */
export function replayMany(isWorked: boolean): Command {
  return command(`replayMany(${isWorked ? 'at once' : 'later'})`, {
    check: () => true,
    async run(model, real) {
      const matched = model.startReplay();
      const answer = await real.startReplay();
      expect(answer).toMatchObject(
        matched === 0 ? { kind: 'nothingMatched' } : { kind: 'started', replay: { matched } },
      );
      if (isWorked) await work(model, real);
    },
  });
}

export const workReplays = (): Command => command('workReplays', { check: () => true, run: work });

async function work(model: Expected, real: ModelledSystem): Promise<void> {
  await real.workReplays();
  model.workReplays();
}

export function list(status: Status | undefined, limit: number): Command {
  return command(`list(${status ?? 'all'}, by ${limit})`, {
    check: () => true,
    async run(model, real) {
      const shown = await real.listed(status === undefined ? {} : { status }, limit);
      const expected = model.rows().filter(({ found }) => status === undefined || found.status === status);
      expect(shown).toEqual(expected.map(({ found }) => found.id));
    },
  });
}

const short = (name: SourceName): string => name.slice(-1);
