import { Argument, Command } from 'commander';
import type { Stats } from '../../client/wire.ts';
import { withAction, withExamples, type CommandContext } from '../command.ts';
import { COMPLETION_SCRIPTS, SHELLS, type Shell } from '../completion/scripts.ts';
import { candidateLines, candidates, type Known } from '../completion/candidates.ts';
import { safeText } from '../view/text.ts';

const INSTALL = `
bash  add to ~/.bashrc:  source <(onboard completion bash)
zsh   add to ~/.zshrc, behind compinit:  source <(onboard completion zsh)
fish  onboard completion fish > ~/.config/fish/completions/onboard.fish`;

export function completionCommand(context: CommandContext): Command {
  const command = new Command('completion')
    .description('Print the script that makes a shell complete commands, options, Regions and errors')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText('after', INSTALL);
  return withAction(command, context, {
    examples: ['source <(onboard completion bash)'],
    run(_, [shell]) {
      const script = COMPLETION_SCRIPTS[shell as Shell];
      return Promise.resolve({ value: { shell, script }, parts: [() => script] });
    },
  });
}

/** What the scripts ask. Nobody types it, so it stands in no help. */
export function completeCommand(context: CommandContext, program: Command): Command {
  const command = new Command('complete')
    .description('Print what may come next, for the shells’ scripts')
    .argument('[words...]', 'what stands behind "onboard", the unfinished word last')
    .action(async (words: readonly string[]) => {
      context.terminal.out(candidateLines(await candidates(program, words, knownOf(context))));
    });
  return withExamples(command, ['onboard complete -- replay --error-code ""']);
}

/** A key was pressed: what the service does not tell in that time is left out. */
const ASK_WITHIN_MS = 2_000;

function knownOf({ openClient }: CommandContext): Known {
  async function stats(): Promise<Stats | undefined> {
    try {
      const client = await openClient();
      const answer = await client.stats({ signal: AbortSignal.timeout(ASK_WITHIN_MS) });
      return answer.ok ? answer.value : undefined;
    } catch {
      // Without a token, or with a broken address, there is no service to ask; a completion is no place to say so.
      return undefined;
    }
  }
  return {
    regions: async () => (await stats())?.regions.map(({ region }) => region) ?? [],
    errorCodes: async () => Object.keys((await stats())?.byErrorCode ?? {}).map(safeText),
  };
}
