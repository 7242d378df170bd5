import type { FigureWindow } from '../../../domain/figures.ts';
import type { Known } from '../../last-known.ts';
import type { Page } from '../../respond.tsx';
import { Icon } from '../../views/icon.tsx';
import { Copyable } from '../../views/copy.tsx';
import { exactTime } from '../../relative-time.ts';
import { Empty } from '../../views/empty.tsx';
import { concernsOf, type Concern } from './concerns.ts';
import { FailureRows } from './failure-rows.tsx';
import { RegionRows } from './region-rows.tsx';
import { RunningReplays } from './running-replays.tsx';
import type { Sight } from './sight.ts';
import { Throughput } from './throughput.tsx';
import { Tiles } from './tiles.tsx';

export interface OverviewView extends Known<Sight> {
  readonly window: FigureWindow;
  readonly quotaPerSecond: number;
}

const FIRST = `curl -X POST localhost:3000/v1/onboardings \\
  -H "authorization: Bearer $ONBOARD_TOKEN" -H 'content-type: application/json' \\
  -d '{"account":"000000000101","region":"us-east-1","eventNamespace":"customers/c-1001","eventName":"orders"}'`;

export function overviewPage(view: OverviewView): Page {
  const { value, isOld, readAt, window } = view;
  const isEmpty = Object.values(value.counts.byStatus).every((size) => size === 0);
  return {
    title: 'Overview',
    needs: ['uplot.css', 'figures.css', 'uplot.js', 'chart.js'],
    body: ({ now }) => (
      <>
        <div id="overview-head" class="page-head" data-live data-refresh="3">
          <h1>Overview</h1>
          {isOld ? (
            <p class="as-of">
              <Icon name="clock" />
              Last known, read {exactTime(readAt)}
            </p>
          ) : null}
        </div>
        <div id="concerns" data-live>
          <Concerns concerns={concernsOf(view, now)} />
        </div>
        <div id="tiles" data-live>
          <Tiles sight={value} />
        </div>
        {isEmpty ? (
          <Empty title="Nothing was onboarded yet" command={FIRST}>
            Figures, failures and Regions fill this page as onboardings come in. This hands in the first one:
          </Empty>
        ) : null}
        <Throughput chart={value.chart} window={window} />
        <div class="halves">
          <section class="panel">
            <h2>
              <a href="/failures">Failures</a>
            </h2>
            <div id="failing" data-live>
              <FailureRows groups={value.failures} now={now} />
            </div>
          </section>
          <section class="panel">
            <h2>
              <a href="/replays">Running replays</a>
            </h2>
            <div id="replaying" data-live>
              <RunningReplays replays={value.replays} now={now} />
            </div>
          </section>
        </div>
        <section class="panel">
          <h2>Regions</h2>
          <div id="regions" data-live>
            <RegionRows regions={value.regions} counts={value.counts} quota={view.quotaPerSecond} />
          </div>
        </section>
      </>
    ),
  };
}

function Concerns({ concerns }: { concerns: readonly Concern[] }) {
  if (concerns.length === 0) {
    return (
      <p class="all-well">
        <Icon name="check" />
        <span>
          <b>Nothing needs you.</b> Every Region runs, and nothing has failed.
        </span>
      </p>
    );
  }
  return (
    <ul class="concerns" aria-label="Where to look next">
      {concerns.map(({ tone, title, detail, action, runbook }) => (
        <li key={title} class={tone}>
          <Icon name="alert" />
          <p>
            <b>{title}</b>
            <span>{detail}</span>
            {runbook === undefined ? null : (
              <span class="concern-runbook">
                Runbook <Copyable text={runbook} what="path of the runbook" />
              </span>
            )}
          </p>
          {action === undefined ? null : (
            <a class="button" href={action.href}>
              {action.text}
            </a>
          )}
        </li>
      ))}
    </ul>
  );
}
