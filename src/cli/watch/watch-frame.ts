import { STATUSES } from '../../domain/onboarding.ts';
import { STATUS_STYLE } from '../view/onboarding.ts';
import { regionColumns } from '../view/region.ts';
import { painter, type Paint } from '../view/style.ts';
import { tableText, type Columns, type Reader } from '../view/table.ts';
import { cutText, duration, safeText } from '../view/text.ts';
import { lastMinute, type WatchState } from './watch-state.ts';

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
}

/** The whole screen, line by line, never more lines than there are rows. Pure. */
export function watchFrame(
  state: WatchState,
  { size, now }: { size: FrameSize; now: number },
): readonly string[] {
  const paint = painter(size);
  const reader: Reader = { page: size, now: () => now };
  const head = [
    titleLine(state, { size, now, paint }),
    ...countLines(state, paint),
    rateLine(state, now),
    '',
  ];
  const regions =
    state.stats === undefined ? ['…'] : linesOf(tableText(regionColumns(state.stats.regions), reader));
  const replays = replayLines(state, reader, paint);
  const foot = ['', statusLine(state, { size, now, paint })];
  // What is left of the screen belongs to the failures: there are always more of them.
  const taken = head.length + regions.length + replays.length + foot.length;
  const failures = failureLines(state, { reader, paint, room: Math.max(0, size.rows - taken - 3) });
  return [...head, ...regions, ...replays, ...failures, ...foot].slice(0, size.rows);
}

interface Drawing {
  readonly size: FrameSize;
  readonly now: number;
  readonly paint: Paint;
}

function titleLine({ url }: WatchState, { size, now, paint }: Drawing): string {
  const title = 'onboard watch';
  const time = new Date(now).toTimeString().slice(0, 8);
  const room = size.columns - title.length - time.length - 4;
  const where = cutText(safeText(url), room);
  return `${paint('strong', title)}  ${where}${' '.repeat(Math.max(0, room - where.length))}  ${paint('quiet', time)}`;
}

/** Two lines where one would not do. */
function countLines({ stats }: WatchState, paint: Paint): readonly string[] {
  const counts = STATUSES.map((status) => {
    const count = stats?.byStatus[status];
    const text = `${status} ${count === undefined ? '…' : count.toLocaleString('en-US')}`;
    return count === 0 ? paint('quiet', text) : paint(STATUS_STYLE[status], text);
  });
  return [counts.slice(0, 3).join('   '), counts.slice(3).join('   ')];
}

function rateLine(state: WatchState, now: number): string {
  const { provisioned, failed, seconds } = lastMinute(state, now);
  const perSecond = ((provisioned + failed) / seconds).toFixed(1);
  return `in the last ${Math.floor(seconds)} s: ${provisioned} provisioned, ${failed} failed (${perSecond} per second)`;
}

function replayLines({ replays }: WatchState, reader: Reader, paint: Paint): readonly string[] {
  if (replays.length === 0) return [];
  const columns: Columns = {
    head: ['REPLAY', 'ENDED', 'PROVISIONED', 'FAILED', 'REASON'],
    rows: replays.map((it) => [
      it.id,
      `${it.provisioned + it.failed + it.cancelled + it.skipped}/${it.matched}`,
      it.provisioned,
      it.failed,
      it.reason,
    ]),
    cut: { REASON: 'start' },
    spare: ['REASON'],
  };
  return ['', paint('strong', 'Running replays'), ...linesOf(tableText(columns, reader))];
}

function failureLines(
  { failures }: WatchState,
  { reader, paint, room }: { reader: Reader; paint: Paint; room: number },
): readonly string[] {
  if (failures.length === 0 || room === 0) return [];
  const columns: Columns = {
    head: ['ID', 'FAILED', 'REGION', 'ERROR', 'SOURCE'],
    rows: failures
      .slice(0, room)
      .map((it) => [
        it.id,
        { instant: it.completedAt ?? it.updatedAt },
        it.region,
        { text: it.error?.code, style: 'bad' },
        it.sourceName,
      ]),
    cut: { ERROR: 'start', SOURCE: 'end' },
    spare: ['REGION', 'SOURCE'],
  };
  return ['', paint('strong', 'Newest failures'), ...linesOf(tableText(columns, reader))];
}

function statusLine({ trouble, stats }: WatchState, { size, now, paint }: Drawing): string {
  if (trouble !== undefined) {
    const text = `No connection for ${duration((now - trouble.since) / 1_000)}, retrying: ${safeText(trouble.why)}`;
    return paint('bad', cutText(text, size.columns));
  }
  return paint('quiet', stats === undefined ? 'Connecting…' : 'Connected. Press q to quit.');
}

const linesOf = (text: string): readonly string[] => text.trimEnd().split('\n');
