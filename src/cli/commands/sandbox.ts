import { Command } from 'commander';
import { aborted } from '../../runtime/aborted.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { given, wholeNumber } from '../arguments.ts';
import { withAction, type CommandContext } from '../command.ts';
import { CommandFailed } from '../failures.ts';
import { print } from '../output.ts';
import { stopSignal } from '../terminal.ts';

interface SandboxOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDir?: string;
}

export function sandboxCommand(context: CommandContext): Command {
  const { terminal } = context;
  const command = new Command('sandbox')
    .description('Run the built-in stand-in for EventBridge’s partner API until Ctrl-C')
    .option(
      '--host <address>',
      'address to listen on; signatures are not verified, so keep it local',
      '127.0.0.1',
    )
    .option('--port <port>', 'port to listen on; 0 picks a free one', wholeNumber(0, 65_535), 4010)
    .option('--data-dir <folder>', 'store its sources there (default: in memory)');
  return withAction<SandboxOptions>(command, context, {
    examples: ['onboard sandbox --port 4010'],
    async run({ host, port, dataDir, json }) {
      const stopping = stopSignal(terminal);
      const sandbox = await started({ host, port, ...(dataDir === undefined ? {} : { dataDir }) });
      const { url } = sandbox;
      const environment = `AWS_MODE=live AWS_ENDPOINT_URL_EVENTBRIDGE=${url} AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=y PARTNER_NAME=acme.example`;
      print(terminal, given({ json }), {
        value: { url, port: sandbox.port, environment },
        parts: [() => `${url}\n${environment}\n`],
        notes: ['The sandbox is running. Press Ctrl-C to stop it.'],
      });
      await aborted(stopping);
      await sandbox.close();
      return undefined;
    },
  });
}

async function started(options: Parameters<typeof startSandbox>[0]): ReturnType<typeof startSandbox> {
  try {
    return await startSandbox(options);
  } catch (error) {
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new CommandFailed(`Port ${options?.port ?? 0} is in use. Use another port, or --port 0.`);
    // A host or a folder that cannot be used: the system's message names it.
    if (syscall !== undefined) throw new CommandFailed(`Cannot start the sandbox: ${message}`);
    throw error;
  }
}
