import { Argument, Command } from 'commander';
import type { Stats } from '../../client/wire.ts';
import { withExamples } from '../arguments.ts';
import { candidateLines, candidates, type Known } from '../completion/candidates.ts';
import { COMPLETION_SCRIPTS, SHELLS, type Shell } from '../completion/scripts.ts';
import type { CommandContext } from '../context.ts';
import { printJson, withJson, type OutputOptions } from '../output.ts';
import { safeText } from '../view/safe-text.ts';

const INSTALL = `
bash  add to ~/.bashrc:  source <(onboard completion bash)
zsh   add to ~/.zshrc, behind compinit:  source <(onboard completion zsh)
fish  onboard completion fish > ~/.config/fish/completions/onboard.fish`;

export function completionCommand({ terminal }: CommandContext): Command {
  const command = new Command('completion')
    .description('Print the script that makes a shell complete commands, options, Regions and errors')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText('after', INSTALL)
    .action((shell: Shell, options: OutputOptions) => {
      const script = COMPLETION_SCRIPTS[shell];
      if (options.json === true) printJson(terminal, { shell, script });
      else terminal.out(script);
    });
  return withExamples(withJson(command), 'source <(onboard completion bash)');
}

/** What the scripts ask. Nobody types it, so it stands in no help. */
export function completeCommand(context: CommandContext, program: Command): Command {
  const command = new Command('complete')
    .description('Print what may come next, for the shells’ scripts')
    .argument('[words...]', 'what stands behind "onboard", the unfinished word last')
    .action(async (words: readonly string[]) => {
      context.terminal.out(candidateLines(await candidates(program, words, knownOf(context))));
    });
  return withExamples(command, 'onboard complete -- replay --error-code ""');
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
