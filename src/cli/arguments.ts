import { InvalidArgumentError, type Command } from 'commander';

/** Readers of option texts; what they refuse is misuse, and the sentence says what to give instead. */

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[0-9]+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
    return value;
  };
}

/** Collects `--metadata key=value`, given any number of times. */
export function keyValue(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Give it as key=value.');
  const key = text.slice(0, at);
  if (Object.hasOwn(before, key)) throw new InvalidArgumentError(`The key ${key} is given twice.`);
  // Not an object literal's computed key: `__proto__` must arrive at the service, which refuses it.
  return Object.fromEntries([...Object.entries(before), [key, text.slice(at + 1)]]);
}

/** Every command shows how it is used, with real values. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  const title = examples.length === 1 ? 'Example:' : 'Examples:';
  return command.addHelpText('after', `\n${title}\n${examples.map((line) => `  $ ${line}`).join('\n')}`);
}
