import type { FastifyInstance } from 'fastify';
import type { Advice } from '../../../domain/advice.ts';
import { isOnboardingId } from '../../../domain/ids.ts';
import type { Onboarding } from '../../../domain/onboarding.ts';
import { readFailures, type AdvisedFailures } from '../../../operations/failures.ts';
import { count, counted, sum } from '../../format.ts';
import type { PagesDeps } from '../../deps.ts';
import { usePage, type Page } from '../../page.ts';
import { hrefOf, textIn, textsIn } from '../../query.ts';
import { VIEWED } from '../../security.ts';
import { Empty, enqueueCommand, Tabs } from '../../views/lists.tsx';
import { FailureGroup, replayHref } from './group.tsx';

/** Present failures in groups of one cause, by what a replay of them would come to. */
export function failuresRoute(app: FastifyInstance, { operator, respond }: PagesDeps): void {
  app.get('/failures', VIEWED, async (request, reply) => {
    const region = textIn(request.query, 'region');
    const groups = await readFailures(region === '' ? {} : { region }, operator);
    // A few of each group, found by their key.
    const ids = groups.flatMap(({ sampleIds }) => sampleIds).filter(isOnboardingId);
    const samples = new Map(
      (await operator.ledger.getMany(ids)).map((onboarding) => [onboarding.id, onboarding]),
    );
    const open = textsIn(request.query, 'open');
    return respond(
      request,
      reply,
      failuresPage({ groups, samples, region, regions: operator.regions, open }),
    );
  });
}

interface FailuresView {
  readonly groups: readonly AdvisedFailures[];
  /** By id, those that are named as samples. */
  readonly samples: ReadonlyMap<string, Onboarding>;
  /** Empty: all of them. */
  readonly region: string;
  readonly regions: readonly string[];
  /** Error codes whose groups come opened. */
  readonly open: readonly string[];
}

interface Section {
  readonly replay: Advice['replay'];
  readonly title: string;
  readonly note: string;
}

const SECTIONS: readonly Section[] = [
  {
    replay: 'sensible',
    title: 'Ready to replay',
    note: 'The cause was temporary: the same call is likely to succeed now.',
  },
  {
    replay: 'afterFix',
    title: 'Fix the cause first',
    note: 'Open a cause for the fix and its owner. Until then a replay fails again.',
  },
  {
    replay: 'pointless',
    title: 'Replaying will not help',
    note: 'The same request gets the same response. Open a cause to see what to do instead.',
  },
];

function failuresPage(view: FailuresView): Page {
  const total = sizeOf(view.groups);
  return {
    title: 'Failures',
    body: (
      <>
        <div id="failures-head" class="row tall" data-live data-refresh="5">
          <h1>Failures</h1>
          <p class="faint">
            {total === 0 ? 'none' : `${count(total)} from ${counted(view.groups.length, 'cause')}`}
          </p>
          <div class="end">
            <Tabs
              label="Region"
              value={view.region === '' ? undefined : view.region}
              choices={[...new Set([...view.regions, view.region])].filter((one) => one !== '')}
              all="all Regions"
              hrefFor={(region) => hrefOf('/failures', { region })}
            />
          </div>
        </div>
        {total === 0 ? <NoFailures region={view.region} /> : null}
        {SECTIONS.map((section) => (
          <FailureSection key={section.replay} section={section} view={view} />
        ))}
      </>
    ),
  };
}

interface SectionProps {
  readonly section: Section;
  readonly view: FailuresView;
}

function FailureSection({ section: { replay, title, note }, view }: SectionProps) {
  const mayOperate = usePage().viewer?.mayOperate === true;
  const groups = view.groups.filter(({ advice }) => advice.replay === replay);
  const codes = [...new Set(groups.map(({ errorCode }) => errorCode))];
  return (
    <section id={`failures-${replay}`} class="failures stack" data-live>
      {groups.length === 0 ? null : (
        <div class="row">
          <div>
            <h2>{title}</h2>
            <p class="faint">{note}</p>
          </div>
          {mayOperate && replay === 'sensible' ? (
            <a class="button primary end" href={replayHref(codes, view.region)} data-dialog>
              Replay {counted(sizeOf(groups), 'onboarding')}…
            </a>
          ) : null}
        </div>
      )}
      <div class="panel lined" data-rows>
        {groups.map((group) => (
          <FailureGroup
            key={`${group.errorCode} ${group.kind}`}
            group={group}
            samples={view.samples}
            region={view.region}

            isOpen={view.open.includes(group.errorCode)}
            mayReplay={mayOperate && (replay !== 'sensible' || groups.length > 1)}
          />
        ))}
      </div>
    </section>
  );
}

function NoFailures({ region }: { region: string }) {
  if (region !== '') {
    return (
      <Empty title={`No failures in ${region}`}>
        <a href="/failures">View all Regions</a>.
      </Empty>
    );
  }
  return (
    <Empty title="No failures" command={enqueueCommand('limit')}>
      Failures are grouped here by cause, with their fix. In the sandbox, the last part of a source name
      triggers an error: <code>limit</code>, <code>denied</code> or <code>other</code>:
    </Empty>
  );
}

const sizeOf = (groups: readonly AdvisedFailures[]): number => sum(groups.map(({ count: size }) => size));
