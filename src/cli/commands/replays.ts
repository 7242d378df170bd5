import { Command, Option } from 'commander';
import { setTimeout as delay } from 'node:timers/promises';
import type { Replay } from '../../client/wire.ts';
import { REPLAY_STATUSES } from '../../domain/replay.ts';
import { given, idWith, withPage, type PageChoice } from '../arguments.ts';
import { call, withAction, type CommandContext, type ReasonOptions } from '../command.ts';
import { CommandFailed } from '../failures.ts';
import { pageOutput, type Output } from '../output.ts';
import { progressBar } from '../progress-bar.ts';
import { stopSignal } from '../terminal.ts';
import { replayColumns, replayDetails } from '../view/replay.ts';

const ID = 'rpl_01kaqk3v6m8x2c5d7f9h1j3n5q';

/** Lists by itself; its subcommands are about one replay. */
export function replaysCommand(context: CommandContext): Command {
  const filtered = new Command('replays')
    .description('List bulk replays, newest first; show, follow or cancel one')
    .addOption(new Option('--status <status>', 'only this status').choices(REPLAY_STATUSES));
  const command = withPage(filtered, 20)
    .addCommand(showCommand(context))
    .addCommand(followCommand(context))
    .addCommand(cancelCommand(context));
  return withAction<PageChoice & { readonly status?: Replay['status'] }>(command, context, {
    csv: true,
    examples: [
      'onboard replays --status running',
      `onboard replays follow ${ID}`,
      `onboard replays cancel ${ID} --reason "wrong filter"`,
    ],
    async run({ status, limit, cursor }) {
      const page = await call(context, (client) => client.listReplays(given({ status }), { limit, cursor }));
      return pageOutput(page, replayColumns(page.items));
    },
  });
}

function showCommand(context: CommandContext): Command {
  const command = new Command('show')
    .description('Show a bulk replay with its progress')
    .argument('<id>', 'rpl_…', idWith('rpl'));
  return withAction(command, context, {
    examples: [`onboard replays show ${ID}`],
    run: async (_, [id = '']) => replayOutput(await call(context, (client) => client.replayProgress(id))),
  });
}

function followCommand(context: CommandContext): Command {
  const command = new Command('follow')
    .description('Follow a bulk replay until it has ended; exits with 1 when any onboarding failed again')
    .argument('<id>', 'rpl_…', idWith('rpl'));
  return withAction(command, context, {
    examples: [`onboard replays follow ${ID}`],
    run: async (_, [id = '']) =>
      followReplay(context, await call(context, (client) => client.replayProgress(id))),
  });
}

function cancelCommand(context: CommandContext): Command {
  const command = new Command('cancel')
    .description('Cancel the rest of a bulk replay; queued onboardings continue')
    .argument('<id>', 'rpl_…', idWith('rpl'));
  return withAction<ReasonOptions>(command, context, {
    dryRunTells: 'show the result without changing anything',
    examples: [`onboard replays cancel ${ID} --reason "wrong filter"`],
    run: async ({ reason, dryRun }, [id = '']) =>
      replayOutput(await call(context, (client) => client.cancelReplay(id, { reason }, { dryRun }))),
  });
}

export const replayOutput = (value: Replay): Output => ({
  value,
  parts: [(reader) => replayDetails(value, reader)],
});

const POLL_MS = 500;

/**
 * Shows a bulk replay's progress until it has ended; it failed when some of it failed again. Ctrl-C ends the command, not
 * the replay.
 */
export async function followReplay(
  context: CommandContext,
  first: Replay,
): Promise<Output & { readonly failed: boolean }> {
  const { id, matched } = first;
  const signal = stopSignal(context.terminal);
  const bar = progressBar(context.terminal, { total: matched, what: 'ended' });
  let replay = first;
  try {
    while (true) {
      const { provisioned, failed, cancelled, skipped, waiting, status } = replay;
      bar.update(
        provisioned + failed + cancelled + skipped,
        `provisioned ${provisioned}  failed ${failed}  waiting ${waiting}`,
      );
      if (status !== 'running')
        return { ...replayOutput(replay), failed: status !== 'completed' || failed > 0 };
      await delay(POLL_MS, undefined, { signal });
      replay = await call(context, (client) => client.replayProgress(id, { signal }));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    bar.stop();
    throw new CommandFailed(
      `The replay continues in the background. Follow it with "onboard replays follow ${id}", cancel it with "onboard replays cancel ${id} --reason …".`,
    );
  } finally {
    bar.stop();
  }
}
