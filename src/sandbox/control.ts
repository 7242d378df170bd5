import { deriveSourceArn } from '../domain/arn.ts';
import type { Region } from '../domain/region.ts';
import type { SourceName } from '../domain/source-name.ts';
import type { Books } from './books.ts';
import type { CallBook } from './call-book.ts';
import {
  ControlError,
  errorName,
  isNull,
  onlyFields,
  optionalNumber,
  optionalRegion,
  requiredNumber,
  sourceRef,
} from './control-fields.ts';
import type { Entry } from './entry.ts';
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
  readonly calls: CallBook;
  readonly settings: Settings;
  readonly clock: SandboxClock;
}

type Body = Readonly<Record<string, unknown>>;
type Endpoint = (deps: ControlDeps, body: Body) => unknown;

const YEAR_MS = 366 * 24 * 3_600_000;
const CLOCK_RANGE = [0, 200 * YEAR_MS] as const;

/** POST endpoints below `/__sandbox/`; each throws {@link ControlError} and changes nothing when a field is wrong. */
export const CONTROL_ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ['mode', setMode],
  ['quota', setQuota],
  ['latency', setLatency],
  ['clock', setClock],
  [
    'accept',
    (deps, body) => changeSource(deps, body, { from: 'PENDING', change: (source) => accepted(source) }),
  ],
  ['detach', (deps, body) => changeSource(deps, body, { from: 'ACTIVE', change: detached })],
  ['expire', (deps, body) => changeSource(deps, body, { from: 'PENDING', change: () => null })],
  ['reset', reset],
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

function setMode(deps: ControlDeps, body: Body): unknown {
  onlyFields(body, ['error', 'region']);
  deps.settings.setMode(optionalRegion(body) ?? EVERY_REGION, errorName(body));
  return showSettings(deps);
}

function setQuota(deps: ControlDeps, body: Body): unknown {
  onlyFields(body, ['perSecond', 'burst', 'region']);
  const region = optionalRegion(body) ?? EVERY_REGION;
  if (isNull(body, 'perSecond')) {
    deps.settings.setQuota(region, null);
  } else {
    const perSecond = requiredNumber(body, 'perSecond', [0.001, 1_000_000]);
    const burst = optionalNumber(body, 'burst', [1, 1_000_000]) ?? Math.max(1, perSecond);
    deps.settings.setQuota(region, { perSecond, burst });
  }
  return showSettings(deps);
}

function setLatency(deps: ControlDeps, body: Body): unknown {
  onlyFields(body, ['ms', 'jitterMs']);
  const ms = requiredNumber(body, 'ms', [0, 600_000]);
  deps.settings.setLatency({ ms, jitterMs: optionalNumber(body, 'jitterMs', [0, 600_000]) ?? 0 });
  return showSettings(deps);
}

function setClock(deps: ControlDeps, body: Body): unknown {
  onlyFields(body, ['advanceMs', 'nowMs', 'skewMs']);
  const nowMs = optionalNumber(body, 'nowMs', CLOCK_RANGE);
  const advanceMs = optionalNumber(body, 'advanceMs', [-YEAR_MS, YEAR_MS]);
  const skewMs = optionalNumber(body, 'skewMs', [-YEAR_MS, YEAR_MS]);
  if (nowMs === undefined && advanceMs === undefined && skewMs === undefined) {
    throw new ControlError('advanceMs', 'Give advanceMs or nowMs (book clock) or skewMs (wire clock).');
  }
  if (nowMs !== undefined) deps.clock.setBookNow(nowMs);
  if (advanceMs !== undefined) deps.clock.advance(advanceMs);
  if (skewMs !== undefined) deps.clock.setWireSkew(skewMs);
  return showSettings(deps);
}

function changeSource(
  { books, clock }: ControlDeps,
  body: Body,
  step: { from: Source['state']; change: (source: Source, nowMs: number) => Source | null | undefined },
): unknown {
  onlyFields(body, ['region', 'name']);
  const { region, name } = sourceRef(body);
  const before = books.source(region, name);
  if (before?.state !== step.from) {
    throw new ControlError('name', `The source is ${before?.state ?? 'nonexistent'} and not ${step.from}.`);
  }
  const source = step.change(before, clock.bookNow()) ?? null;
  const entry = { ...books.entry(region, name), source };
  books.put(entry);
  return { source: source === null ? null : view(entry, source) };
}

function reset(deps: ControlDeps, body: Body): unknown {
  onlyFields(body, []);
  deps.books.clear();
  deps.calls.reset();
  deps.settings.reset();
  deps.clock.reset();
  return showSettings(deps);
}

const iso = (ms: number): string => new Date(ms).toISOString();
