import fc from 'fast-check';
import type { AccountId } from '../../../src/domain/account.ts';
import { LANES, STATUSES } from '../../../src/domain/onboarding.ts';
import type { SourceName } from '../../../src/domain/source-name.ts';
import { ANSWERS } from './aws.ts';
import {
  accept,
  cancel,
  changeAws,
  list,
  redis,
  replay,
  replayMany,
  rescue,
  run,
  runCancelled,
  runStale,
  runTwice,
  workReplays,
  type Command,
} from './commands.ts';

const NAMES = ['a', 'b', 'c', 'd'].map((name) => `aws.partner/acme.example/model/${name}` as SourceName);
const ACCOUNTS = ['000000000101', '000000000202'].map((id) => id as AccountId);

const name = fc.constantFrom(...NAMES);
const account = fc.constantFrom(...ACCOUNTS);
const answer = fc.constantFrom(...ANSWERS);
const holding = fc.record({
  account,
  state: fc.constantFrom('pending' as const, 'active' as const, 'deleted' as const),
});

/** Stands for one of the jobs that may run when its turn comes. */
const nth = fc.nat({ max: NAMES.length - 1 });

const accepts = fc
  .tuple(
    name,
    account,
    fc.constantFrom(...LANES),
    fc.constantFrom(null, 'c-1', 'c-2'),
    fc.constantFrom(false, false, true),
  )
  .map(([which, who, lane, customerId, replyLost]) => accept(which, who, { lane, customerId, replyLost }));
const runs = fc.tuple(nth, answer).map(([which, how]) => run(which, how));
const doubleRuns = fc
  .tuple(nth, answer, answer, fc.constantFrom('nothing' as const, 'replay' as const, 'cancel' as const))
  .map(([which, fast, slow, between]) => runTwice(which, { fast, slow, between }));
const replays = fc
  .tuple(name, fc.constantFrom(false, false, false, true))
  .map(([which, dryRun]) => replay(which, dryRun));
const cancels = fc
  .tuple(name, fc.constantFrom(false, false, false, true))
  .map(([which, dryRun]) => cancel(which, dryRun));
const manyReplays = fc.boolean().map(replayMany);
const awsChanges = fc
  .tuple(name, fc.option(holding, { nil: undefined }))
  .map(([which, to]) => changeAws(which, to));
const redisChanges = fc
  .constantFrom('goes or returns' as const, 'goes unnoticed or returns' as const, 'loses everything' as const)
  .map(redis);
const lists = fc
  .tuple(fc.option(fc.constantFrom(...STATUSES), { nil: undefined }), fc.integer({ min: 1, max: 5 }))
  .map(([status, limit]) => list(status, limit));

/** Three waiting ones, so that a sequence has something to work on from its first step. */
export const opening: readonly Command[] = NAMES.slice(0, 3).map((which, index) =>
  accept(which, ACCOUNTS[index % 2]!, { lane: 'bulk', customerId: null, replyLost: index === 2 }),
);

/** Sequences of everything that can happen; what finds most stands more than once. */
export function anySequence(maxCommands: number): fc.Arbitrary<Iterable<Command>> {
  const often = [runs, runs, runs, runs, doubleRuns, doubleRuns, replays, replays, manyReplays];
  const seldom = [
    cancels,
    nth.map(runCancelled),
    awsChanges,
    redisChanges,
    fc.constant(rescue()),
    fc.constant(workReplays()),
    name.map(runStale),
    lists,
  ];
  return fc.commands([accepts, ...often, ...seldom], { maxCommands, size: 'max' });
}
