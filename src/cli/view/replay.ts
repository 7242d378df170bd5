import type { Replay, ReplayFilter, ReplayPreview } from '../../client/wire.ts';
import type { Advice } from '../../domain/advice-topic.ts';
import type { Parts } from '../output.ts';
import { onboardingColumns } from './onboarding.ts';
import type { Style } from './style.ts';
import { detailsText, tableText, type Columns, type Reader, type Styled } from './table.ts';
import { safeText } from './text.ts';

/** Whether a replay makes sense: in a table, and as a sentence. */
export const ADVISED = {
  sensible: { text: 'ready', verdict: 'Ready to replay', style: 'good' },
  afterFix: { text: 'fix first', verdict: 'Fix the cause first', style: 'doubtful' },
  pointless: { text: 'will not help', verdict: 'Replaying will not help', style: 'bad' },
} as const satisfies Readonly<Record<Advice['replay'], Styled & { verdict: string }>>;

const STATUS_STYLE: Readonly<Record<Replay['status'], Style>> = {
  running: 'busy',
  completed: 'good',
  cancelled: 'quiet',
};

export function replayColumns(replays: readonly Replay[]): Columns {
  return {
    head: ['ID', 'STATUS', 'MATCHED', 'WAITING', 'PROVISIONED', 'FAILED', 'CREATED', 'BY', 'REASON'],
    rows: replays.map((it) => [
      it.id,
      { text: it.status, style: STATUS_STYLE[it.status] },
      it.matched,
      it.waiting,
      it.provisioned,
      it.failed,
      { instant: it.createdAt },
      it.actor,
      it.reason,
    ]),
    cut: { REASON: 'start', BY: 'start' },
    spare: ['BY', 'WAITING', 'CREATED', 'REASON'],
  };
}

export function replayDetails(it: Replay, reader: Reader): string {
  return detailsText(
    [
      ['id', it.id],
      ['status', { text: it.status, style: STATUS_STYLE[it.status] }],
      ['filter', filterText(it.filter)],
      ['reason', it.reason],
      ['by', it.actor],
      ['rate', it.ratePerSecond === null ? null : `${it.ratePerSecond} per second`],
      ['matched', it.matched],
      ['waiting', it.waiting],
      ['queued', it.queued],
      ['skipped', it.skipped],
      ['provisioned', it.provisioned],
      ['failed', it.failed],
      ['cancelled', it.cancelled],
      ['created', { instant: it.createdAt }],
      ['ended', { instant: it.endedAt }],
    ],
    reader,
  );
}

/** In the order of the API's fields: `errorCode=InternalException region=eu-west-1`. */
function filterText(filter: ReplayFilter): string {
  return Object.entries(filter)
    .map(([name, value]) => (name === 'ids' ? `ids: ${[value].flat().length}` : `${name}=${String(value)}`))
    .join(' ');
}

/** What a dry run found, for people. */
export function previewParts({ matched, byErrorCode, byRegion, sample }: ReplayPreview): Parts {
  const groups: Columns = {
    head: ['ERROR', 'COUNT', 'REPLAY', 'WHY'],
    rows: byErrorCode.map(({ errorCode, count, advice }) => [
      errorCode,
      count,
      ADVISED[advice.replay],
      advice.replayNote,
    ]),
    cut: { WHY: 'start' },
  };
  const sampled = sample.length < matched ? `The newest ${sample.length}` : 'Onboardings';
  return [
    () => `${counted(matched)} would be replayed.\n`,
    groups,
    {
      head: ['REGION', 'COUNT'],
      rows: byRegion.map(({ region, count, paused }) => [paused ? `${region} (paused)` : region, count]),
    },
    (reader) => `${sampled}:\n${tableText(onboardingColumns(sample), reader)}`,
  ];
}

/** How many of the set will fail again as things are. */
export function expectedToFail({ byErrorCode }: ReplayPreview): number {
  return byErrorCode
    .filter(({ advice }) => advice.replay === 'pointless')
    .reduce((sum, { count }) => sum + count, 0);
}

/** Safe to print whatever the service sent instead of a number. */
export const counted = (count: number): string =>
  count === 1 ? '1 onboarding' : `${safeText(count.toLocaleString('en-US'))} onboardings`;
