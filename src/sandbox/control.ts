import type { Region } from '../domain/region.ts';
import { deriveSourceArn, type SourceName } from '../domain/source-name.ts';
import type { Books } from './books.ts';
import type { CallLog } from './call-log.ts';
import { ControlError, FIELDS, readControlFields } from './control-fields.ts';
import type { Entry } from './journal.ts';
import type { SandboxClock } from './sandbox-clock.ts';
import { EVERY_REGION, type Settings } from './settings.ts';
import { accepted, asOf, detached, type Source } from './source.ts';

/** A source as tests and people look at it. */
export interface SourceView {
  readonly region: string;
  readonly name: string;
  readonly account: string;
  readonly state: Source['state'];
  readonly arn: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly oldBus: boolean;
}

export interface ControlDeps {
  readonly books: Books;
  readonly calls: CallLog;
  readonly settings: Settings;
  readonly clock: SandboxClock;
}

type Body = Readonly<Record<string, unknown>>;
type Endpoint = (deps: ControlDeps, body: Body) => unknown;

/** POST endpoints below `/__sandbox/`; each throws {@link ControlError} and changes nothing when a field is wrong. */
export const CONTROL_ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ['mode', setting(setMode)],
  ['quota', setting(setQuota)],
  ['latency', setting(setLatency)],
  ['clock', setting(setClock)],
  ['accept', sourceChange('PENDING', accepted)],
  ['detach', sourceChange('ACTIVE', detached)],
  ['expire', sourceChange('PENDING', () => null)],
  ['lose', sourceChange('existing', () => null)],
  ['reset', setting(reset)],
]);

/** All settings and both clocks. */
export function showSettings({ settings, clock }: ControlDeps): unknown {
  return { settings: settings.show(), bookClock: iso(clock.bookNow()), wireClock: iso(clock.wireNow()) };
}

/** The sources that exist, and DELETED records; oldest entry first. */
export function viewSources(
  { books, clock }: ControlDeps,
  filter: { region?: string | undefined; name?: string | undefined },
): SourceView[] {
  const nowMs = clock.bookNow();
  const entries =
    filter.region !== undefined && filter.name !== undefined
      ? [books.entry(filter.region, filter.name)]
      : books.entries();
  const views: SourceView[] = [];
  for (const entry of entries) {
    if (filter.region !== undefined && filter.region !== entry.region) continue;
    if (filter.name !== undefined && filter.name !== entry.name) continue;
    const source = asOf(entry.source, nowMs);
    if (source !== null) views.push(view(entry, source));
  }
  return views;
}

function view({ region, name }: Entry, source: Source): SourceView {
  return {
    region,
    name,
    account: source.account,
    state: source.state,
    // What is in the books went through both checks when it was created.
    arn: deriveSourceArn(region as Region, name as SourceName),
    createdAt: iso(source.createdAtMs),
    expiresAt: source.expiresAtMs === null ? null : iso(source.expiresAtMs),
    oldBus: source.oldBus,
  };
}

/** Settings are answered with all of them. */
function setting(change: (deps: ControlDeps, body: Body) => void): Endpoint {
  return (deps, body) => {
    change(deps, body);
    return showSettings(deps);
  };
}

const ONE_OR_EVERY_REGION = FIELDS.region.optional();
const CLOCK_FIELDS = { advanceMs: FIELDS.advanceMs, nowMs: FIELDS.nowMs, skewMs: FIELDS.skewMs };

function setMode({ settings }: ControlDeps, body: Body): void {
  const { error, region } = readControlFields(body, { error: FIELDS.error, region: ONE_OR_EVERY_REGION });
  settings.setMode(region ?? EVERY_REGION, error);
}

function setQuota({ settings }: ControlDeps, body: Body): void {
  const { perSecond, burst } = FIELDS;
  const fields = readControlFields(body, { perSecond, burst, region: ONE_OR_EVERY_REGION });
  const rate = fields.perSecond;
  const quota = rate === null ? null : { perSecond: rate, burst: fields.burst ?? Math.max(1, rate) };
  settings.setQuota(fields.region ?? EVERY_REGION, quota);
}

function setLatency({ settings }: ControlDeps, body: Body): void {
  const { ms, jitterMs = 0 } = readControlFields(body, { ms: FIELDS.ms, jitterMs: FIELDS.jitterMs });
  settings.setLatency({ ms, jitterMs });
}

function setClock({ clock }: ControlDeps, body: Body): void {
  const { advanceMs, nowMs, skewMs } = readControlFields(body, CLOCK_FIELDS);
  if (nowMs === undefined && advanceMs === undefined && skewMs === undefined)
    throw new ControlError('advanceMs', 'Give advanceMs or nowMs (book clock) or skewMs (wire clock).');
  if (nowMs !== undefined) clock.setBookNow(nowMs);
  if (advanceMs !== undefined) clock.advance(advanceMs);
  if (skewMs !== undefined) clock.setWireSkew(skewMs);
}

function reset({ books, calls, settings, clock }: ControlDeps, body: Body): void {
  readControlFields(body, {});
  books.clear();
  calls.reset();
  settings.reset();
  clock.reset();
}

/** What the customer, time or an accident does to a source that is in the state `from`. */
function sourceChange(
  from: Source['state'] | 'existing',
  change: (source: Source, nowMs: number) => Source | null | undefined,
): Endpoint {
  return ({ books, clock }, body) => {
    const { region, name } = readControlFields(body, { region: FIELDS.region, name: FIELDS.name });
    const before = books.source(region, name);
    if (before === null) throw new ControlError('name', 'There is no such source.');
    if (from !== 'existing' && before.state !== from)
      throw new ControlError('name', `The source is ${before.state} and not ${from}.`);
    const source = change(before, clock.bookNow()) ?? null;
    const entry = { ...books.entry(region, name), source };
    books.put(entry);
    return { source: source === null ? null : view(entry, source) };
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
