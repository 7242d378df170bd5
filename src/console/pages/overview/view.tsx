import type { FastifyInstance } from 'fastify';
import { FIGURE_WINDOWS, type FigureWindow } from '../../../domain/figures.ts';
import type { PagesDeps } from '../../deps.ts';
import { keepLastKnown, type Known } from '../../last-known.ts';
import { usePage, type Page } from '../../page.ts';
import { VIEWED } from '../../security.ts';
import { Section } from '../../views/detail.tsx';
import { Icon } from '../../views/icon.tsx';
import { RunbookLink } from '../../views/advice.tsx';
import { exactTime } from '../../format.ts';
import { Empty, enqueueCommand } from '../../views/lists.tsx';
import { concernsOf } from './concerns.ts';
import { FailureRows, RunningReplays } from './failure-rows.tsx';
import { RegionRows } from './region-rows.tsx';
import { readSnapshot, type Snapshot } from './snapshot.ts';
import { Throughput } from './throughput.tsx';
import { Tiles } from './tiles.tsx';

const WINDOWS = Object.keys(FIGURE_WINDOWS) as FigureWindow[];

/** The first page: what is wrong and where to look, then the figures. It stays when the ledger goes. */
export function overviewRoute(app: FastifyInstance, { operator, respond }: PagesDeps): void {
  const snapshotsOf = (window: FigureWindow) =>
    keepLastKnown<Snapshot>((before) => readSnapshot(window, before, operator), operator.clock);
  const { quotaPerSecond } = operator;
  const snapshots = { '15m': snapshotsOf('15m'), '24h': snapshotsOf('24h'), '7d': snapshotsOf('7d') };
  app.get('/', VIEWED, async (request, reply) => {
    const asked = (request.query as Record<string, unknown>)['window'];
    const window = WINDOWS.find((one) => one === asked) ?? '15m';
    const known = await snapshots[window]();
    return respond(request, reply, overviewPage({ ...known, window, quotaPerSecond }));
  });
}

interface OverviewView extends Known<Snapshot> {
  readonly window: FigureWindow;
  readonly quotaPerSecond: number;
}

function overviewPage(view: OverviewView): Page {
  const { value, isOld, readAt, window } = view;
  const isEmpty = Object.values(value.counts.byStatus).every((size) => size === 0);
  return {
    title: 'Overview',
    body: (
      <>
        <div id="overview-head" class="row tall" data-live data-refresh="3">
          <h1>Overview</h1>
          {isOld ? (
            <p class="badge warn">
              <Icon name="clock" />
              Last known, read {exactTime(readAt)}
            </p>
          ) : null}
        </div>
        <div id="concerns" data-live>
          <Concerns view={view} />
        </div>
        <div id="tiles" data-live>
          <Tiles snapshot={value} />
        </div>
        {isEmpty ? (
          <Empty title="No onboardings yet" command={enqueueCommand('orders')}>
            Figures, failures and Regions appear here once there are onboardings. Submit the first one:
          </Empty>
        ) : null}
        <Throughput chart={value.chart} window={window} />
        <div class="halves">
          <Section id="failing" title={<TitleLink href="/failures">Failures</TitleLink>} isPanel>
            <FailureRows groups={value.failures} />
          </Section>
          <Section id="replaying" title={<TitleLink href="/replays">Running replays</TitleLink>} isPanel>
            <RunningReplays replays={value.replays} />
          </Section>
        </div>
        <Section id="regions" title="Regions" isPanel>
          <RegionRows regions={value.regions} counts={value.counts} quota={view.quotaPerSecond} />
        </Section>
      </>
    ),
  };
}

const TitleLink = ({ href, children }: { href: string; children: string }) => (
  <a class="plain" href={href}>
    {children}
  </a>
);

function Concerns({ view }: { view: OverviewView }) {
  const concerns = concernsOf(view, usePage().now);
  if (concerns.length === 0) {
    return (
      <p class="row concern panel good">
        <Icon name="check" />
        <span>
          <b>No action needed.</b> All Regions are running, and nothing has failed.
        </span>
      </p>
    );
  }
  return (
    <ul class="panel lined" aria-label="Problems">
      {concerns.map(({ tone, title, detail, action, runbook }) => (
        <li key={title} class={`row concern marked-panel ${tone}`}>
          <Icon name="alert" />
          <p class="stack">
            <b>{title}</b>
            <span class="soft">{detail}</span>
            {runbook === undefined ? null : (
              <span class="faint">
                <RunbookLink runbook={runbook} />
              </span>
            )}
          </p>
          {action === undefined ? null : (
            <a class="button end" href={action.href}>
              {action.text}
            </a>
          )}
        </li>
      ))}
    </ul>
  );
}
