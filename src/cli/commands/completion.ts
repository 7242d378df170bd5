import { Argument, Command, type Option } from 'commander';
import type { Stats } from '../../client/wire.ts';
import { withAction, withExamples, type CommandContext } from '../command.ts';
import { COMPLETION_SCRIPTS, FILES, SHELLS, type Shell } from '../completion-scripts.ts';
import { safeText } from '../view/text.ts';

const INSTALL = `
bash  add to ~/.bashrc:  source <(onboard completion bash)
zsh   add to ~/.zshrc, after compinit:  source <(onboard completion zsh)
fish  onboard completion fish > ~/.config/fish/completions/onboard.fish`;

export function completionCommand(context: CommandContext): Command {
  const command = new Command('completion')
    .description('Print the shell script that completes commands, options, Regions and errors')
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

/** Called by the shells' scripts only, so it is hidden from help. */
export function completeCommand(context: CommandContext, program: Command): Command {
  const command = new Command('complete')
    .description('Print completions, for the shell scripts')
    .argument('[words...]', 'the words after "onboard", the unfinished one last')
    .action(async (words: readonly string[]) => {
      context.terminal.out(candidateLines(await candidates(program, words, () => askStats(context))));
    });
  return withExamples(command, ['onboard complete -- replay --error-code ""']);
}

/** The person waits for a key press: without an answer in this time there are no candidates. */
const ASK_WITHIN_MS = 2_000;

/** Asks the service, when what only it knows is wanted. */
type Ask = () => Promise<Stats | undefined>;

async function askStats({ openClient }: CommandContext): Promise<Stats | undefined> {
  try {
    const client = await openClient();
    const answer = await client.stats({ signal: AbortSignal.timeout(ASK_WITHIN_MS) });
    return answer.ok ? answer.value : undefined;
  } catch {
    // Without a token, or with a broken address, there is no service to ask; a completion is no place to say so.
    return undefined;
  }
}

interface Candidate {
  readonly value: string;
  readonly means: string;
}

/**
 * Candidates for the last word.
 * @param words what stands behind the program's name, the unfinished word last, which may be ''
 */
async function candidates(
  program: Command,
  words: readonly string[],
  ask: Ask,
): Promise<readonly Candidate[]> {
  const whole = joined(words);
  const current = whole.at(-1) ?? '';
  const place = placeOf(program, whole.slice(0, -1));
  const { awaiting } = place;
  const all =
    awaiting === undefined
      ? await next(place, current, ask)
      : await named(awaiting.attributeName(), awaiting.argChoices, ask);
  return all.filter(({ value }) => value === FILES || value.startsWith(current));
}

/** One word a line, as the scripts read them. */
const candidateLines = (found: readonly Candidate[]): string =>
  found.map(({ value, means }) => (means === '' ? `${value}\n` : `${value}\t${means}\n`)).join('');

/** bash makes three words of `--status=failed`. */
function joined(words: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    if (word === '=' && words[index - 1]?.startsWith('--') === true)
      return index === words.length - 1 ? [''] : [];
    return [word];
  });
}

interface Place {
  readonly command: Command;
  /** How many arguments of the command stand already. */
  readonly given: number;
  /** The option whose value comes next. */
  readonly awaiting?: Option | undefined;
}

function placeOf(program: Command, words: readonly string[]): Place {
  let place: Place = { command: program, given: 0 };
  for (const word of words) {
    const { command, given, awaiting } = place;
    const below = given === 0 ? command.commands.find((it) => it.name() === word) : undefined;
    if (awaiting !== undefined) place = { command, given };
    else if (word.startsWith('-')) place = { command, given, awaiting: wantsValue(command, word) };
    else if (below !== undefined) place = { command: below, given: 0 };
    else place = { command, given: given + 1 };
  }
  return place;
}

/** The option of this name, if a value follows it. */
function wantsValue(command: Command, word: string): Option | undefined {
  const option = command.options.find(({ long, short }) => long === word || short === word);
  return option?.required === true ? option : undefined;
}

async function next({ command, given }: Place, current: string, ask: Ask): Promise<readonly Candidate[]> {
  if (current.startsWith('-')) return optionsOf(command);
  const argument = command.registeredArguments[given];
  const below = given === 0 ? subcommandsOf(command) : [];
  const own =
    argument === undefined ? [] : await named(argument.name(), argument.argChoices ?? undefined, ask);
  return [...below, ...own];
}

const subcommandsOf = (command: Command): readonly Candidate[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .map((it) => ({ value: it.name(), means: it.description() }));

const optionsOf = (command: Command): readonly Candidate[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long, description }) => (long ? [{ value: long, means: description }] : []));

/** What a value can be, by the name of its option or argument. */
async function named(
  name: string,
  choices: readonly string[] | undefined,
  ask: Ask,
): Promise<readonly Candidate[]> {
  if (choices !== undefined) return bare(choices);
  if (name === 'region') return bare((await ask())?.regions.map(({ region }) => region) ?? []);
  if (name === 'errorCode' || name === 'code')
    return bare(Object.keys((await ask())?.byErrorCode ?? {}).map(safeText));
  return ['file', 'errorsTo', 'dataDir'].includes(name) ? bare([FILES]) : [];
}

const bare = (list: readonly string[]): readonly Candidate[] => list.map((value) => ({ value, means: '' }));
