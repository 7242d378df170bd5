import { Command } from 'commander';
import { OnboardingCallError, valueOrThrow, type CallError } from '../../client/answers.ts';
import type { OnboardingClient } from '../../client/onboarding-client.ts';
import type { Onboarding } from '../../domain/onboarding.ts';
import { aborted } from '../../runtime/aborted.ts';
import { withAction, type CommandContext } from '../command.ts';
import { callReason } from '../failures.ts';
import { serviceUrl } from '../open-client.ts';
import { say, type OutputOptions } from '../output.ts';
import { stopSignal, type Page } from '../terminal.ts';
import { safeJson, safeText } from '../view/text.ts';
import { followService } from '../watch/follow-service.ts';
import { openLiveScreen } from '../watch/live-screen.ts';
import { watchFrame } from '../watch/watch-frame.ts';

type WatchOptions = OutputOptions & { readonly once?: true };

interface Watched {
  readonly client: OnboardingClient;
  readonly url: string;
  readonly stopping: AbortSignal;
}

/** The size of a frame that goes to a file or a pipe. */
const PLAIN = { columns: 100, rows: 40, color: false };
/** Several changes make one frame. */
const DRAW_EVERY_MS = 100;
/** The clock and the ages move by themselves. */
const TICK_MS = 1_000;

const HOW = `
In a terminal it shows counts, Regions, replays and the newest failures until q or Ctrl-C. Otherwise, and with --json, it prints a line per change. It reconnects when the connection is lost.`;

export function watchCommand(context: CommandContext): Command {
  const command = new Command('watch')
    .description('Watch onboardings live')
    .option('--once', 'print the current state and exit')
    .addHelpText('after', HOW);
  return withAction<WatchOptions>(command, context, {
    examples: [
      'onboard watch',
      'onboard watch --json | jq -r "select(.status == \\"failed\\") | .sourceName"',
    ],
    async run(options) {
      await watch(context, options);
      return undefined;
    },
  });
}

async function watch(context: CommandContext, options: WatchOptions): Promise<void> {
  const { terminal } = context;
  const client = await context.openClient();
  // What would be wrong from the beginning is told at once, and not waited for.
  valueOrThrow(await client.stats());
  const watched = {
    client,
    url: serviceUrl(context.env),
    stopping: AbortSignal.any([stopSignal(terminal), terminal.readerGone]),
  };
  if (options.once === true) return showOnce(context, watched);
  if (options.json === true || terminal.page === undefined) return printChanges(context, watched, options);
  return showLive(context, watched, terminal.page);
}

async function showLive({ terminal }: CommandContext, watched: Watched, page: Page): Promise<void> {
  const quit = new AbortController();
  const ended = AbortSignal.any([watched.stopping, quit.signal]);
  const screen = openLiveScreen({ out: terminal.out, page }, () => quit.abort());
  let due: NodeJS.Timeout | undefined;
  const draw = (): void => {
    due = undefined;
    screen.draw(watchFrame(followed.state(), { size: page, now: terminal.now() }));
  };
  const drawSoon = (): void => void (due ??= setTimeout(draw, DRAW_EVERY_MS));
  const followed = followService({ ...watched, now: terminal.now, tell: drawSoon });
  const tick = setInterval(drawSoon, TICK_MS);
  const noResize = page.onResize(draw);
  try {
    draw();
    await Promise.race([followed.run(ended), aborted(ended)]);
  } finally {
    quit.abort();
    clearInterval(tick);
    clearTimeout(due);
    noResize();
    screen.close();
  }
}

async function showOnce({ terminal }: CommandContext, watched: Watched): Promise<void> {
  const { page, now } = terminal;
  const followed = followService({ ...watched, now, tell: () => undefined });
  await followed.look(watched.stopping);
  const size = page === undefined ? PLAIN : { columns: page.columns, rows: 40, color: page.color };
  terminal.out(`${watchFrame(followed.state(), { size, now: now() }).slice(0, -2).join('\n')}\n`);
}

async function printChanges(
  { terminal }: CommandContext,
  { client, stopping: signal }: Watched,
  options: WatchOptions,
): Promise<void> {
  const onCut = (error: CallError, waitMs: number): void =>
    say(terminal, `No connection (${callReason(error)}). Retrying in ${(waitMs / 1_000).toFixed(1)} s.`);
  for await (const event of client.events({ signal, onCut })) {
    switch (event.kind) {
      case 'failed':
        throw new OnboardingCallError(event.error);
      case 'reset':
        terminal.err('Some changes were missed: the service stores them for a day.\n');
        break;
      case 'onboarding':
        terminal.out(
          options.json === true ? `${safeJson(event.onboarding, 0)}\n` : changeLine(event.onboarding),
        );
    }
  }
}

function changeLine(it: Onboarding): string {
  const parts = [it.updatedAt, it.status.padEnd(11), it.region, it.id, it.sourceName, it.error?.code];
  return `${safeText(parts.filter((part) => part !== undefined).join('  '))}\n`;
}
