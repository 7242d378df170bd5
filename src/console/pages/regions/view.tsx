import type { ComponentChildren } from 'preact';
import type { Hold } from '../../../domain/hold.ts';
import type { RegionQueue } from '../../../operations/region-queues.ts';
import { count } from '../../numbers.ts';
import { duration } from '../../relative-time.ts';
import type { Page } from '../../respond.tsx';
import { Badge } from '../../views/badge.tsx';
import { Icon, type IconName } from '../../views/icon.tsx';
import { Time } from '../../views/time.tsx';
import { actionsOn, standingsOf, type RegionAction } from './standing.ts';

export interface RegionsView {
  readonly regions: readonly RegionQueue[];
  readonly quotaPerSecond: number;
}

export function regionsPage({ regions, quotaPerSecond }: RegionsView): Page {
  return {
    title: 'Regions',
    follows: 'regions',
    body: ({ now, viewer }) => (
      <>
        <div class="page-head">
          <h1>Regions</h1>
          <p class="faint">
            Each has a queue, a circuit and a quota of its own. A pause or a drain lasts until it is resumed.
          </p>
        </div>
        <div id="regions" class="cards" data-live>
          {regions.map((region) => (
            <Card
              key={region.region}
              state={region}
              quotaPerSecond={quotaPerSecond}
              now={now}
              mayOperate={viewer?.mayOperate === true}
            />
          ))}
        </div>
      </>
    ),
  };
}

interface CardProps {
  readonly state: RegionQueue;
  readonly quotaPerSecond: number;
  readonly now: number;
  readonly mayOperate: boolean;
}

function Card({ state, quotaPerSecond, now, mayOperate }: CardProps) {
  const { region } = state;
  return (
    <section id={region} class="card" aria-labelledby={`${region}-title`}>
      <header class="card-head">
        <h2 id={`${region}-title`}>
          <a href={`/onboardings?region=${region}`}>{region}</a>
        </h2>
        {standingsOf(state).map(({ word, tone, icon }) => (
          <Badge key={word} tone={tone} icon={icon}>
            {word}
          </Badge>
        ))}
        {mayOperate ? <Actions state={state} /> : null}
      </header>
      <Figures state={state} quotaPerSecond={quotaPerSecond} />
      <Reasons state={state} now={now} />
    </section>
  );
}

const VERBS: Readonly<Record<RegionAction, readonly [string, IconName]>> = {
  resume: ['Resume', 'play'],
  pause: ['Pause', 'pause'],
  drain: ['Drain', 'drain'],
};

function Actions({ state }: { state: RegionQueue }) {
  return (
    <span class="actions">
      {actionsOn(state).map((action) => (
        <a key={action} class="button" href={`/regions/${state.region}/${action}`} data-dialog>
          <Icon name={VERBS[action][1]} />
          {VERBS[action][0]}
          <span class="unseen"> {state.region}</span>
        </a>
      ))}
    </span>
  );
}

function Figures({ state, quotaPerSecond }: Pick<CardProps, 'state' | 'quotaPerSecond'>) {
  const { queue, drain } = state;
  return (
    <dl class="figures">
      <Figure name="Waiting" note="in the queue, to be tried now">
        {queue === null ? '–' : count(queue.waiting)}
      </Figure>
      <Figure name="Oldest wait" note="of those">
        {queue?.oldestWaitingMs == null ? '–' : duration(queue.oldestWaitingMs)}
      </Figure>
      <Figure name="Running" note="a worker has them">
        {queue === null ? '–' : count(queue.active)}
      </Figure>
      <Figure name="Later" note="wait for their next attempt">
        {queue === null ? '–' : count(queue.delayed)}
      </Figure>
      {drain === null ? null : (
        <Figure name="Left to drain" note="0: the queue is empty">
          {drain.remaining === null ? '–' : count(drain.remaining)}
        </Figure>
      )}
      <Figure name="Quota" note="AWS calls a second, all processes together">
        {`${count(quotaPerSecond)}/s`}
      </Figure>
    </dl>
  );
}

function Figure({ name, note, children }: { name: string; note: string; children: string }) {
  return (
    <div title={note}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Why it is held: by whom and since when, or by which error and until when. */
function Reasons({ state, now }: { state: RegionQueue; now: number }) {
  const { pause, drain, circuit } = state;
  const since = circuit?.since ?? null;
  const probe = circuit?.nextProbeAt ?? null;
  const off = circuit?.off ?? null;
  return (
    <>
      {pause === null ? null : <Held what="Paused" hold={pause} now={now} />}
      {drain === null ? null : <Held what="Draining" hold={drain} now={now} />}
      {since === null ? null : (
        <Reason icon="alert">
          Circuit open since <Time at={instant(since)} now={now} />: <b>{circuit?.code ?? 'unknown'}</b>.{' '}
          {probe === null ? (
            'One onboarding tries now.'
          ) : (
            <>
              The next one may try <Time at={instant(probe)} now={now} />.
            </>
          )}{' '}
          Nothing fails by it; it closes by itself when AWS answers.
        </Reason>
      )}
      {off === null ? null : (
        <Reason icon="slash">
          AWS says that the Region is switched off: <b>{off.code}</b>, since{' '}
          <Time at={instant(off.since)} now={now} />. Onboardings there fail with it until one is provisioned.
        </Reason>
      )}
      {circuit !== null ? null : (
        <Reason icon="help">Redis does not answer, and knows how the circuit and the queue are.</Reason>
      )}
    </>
  );
}

function Held({ what, hold, now }: { what: string; hold: Hold; now: number }) {
  return (
    <Reason icon={what === 'Paused' ? 'pause' : 'drain'}>
      {what} by <b>{hold.actor}</b> <Time at={hold.beganAt} now={now} />:{' '}
      <span class="breaks">{hold.reason}</span>
    </Reason>
  );
}

function Reason({ icon, children }: { icon: IconName; children: ComponentChildren }) {
  return (
    <p class="card-reason">
      <Icon name={icon} />
      <span>{children}</span>
    </p>
  );
}

const instant = (ms: number): string => new Date(ms).toISOString();
