import { COMMANDS, type CommandFacts, type CommandId } from '../../core/commands.ts';

export interface Action {
  run: () => void;
  /** Absent: always. */
  enabled?: () => boolean;
}

const actions = new Map<CommandId, Action>();

/** Gives commands what they do; each has one action. */
export function bindCommands(bound: Partial<Record<CommandId, Action | (() => void)>>): void {
  for (const [id, action] of Object.entries(bound))
    actions.set(id as CommandId, typeof action === 'function' ? { run: action } : action);
}

export function isEnabled(id: CommandId): boolean {
  const action = actions.get(id);
  return action !== undefined && (action.enabled?.() ?? true);
}

/** Runs a command where it is enabled; tells whether it was. */
export function runCommand(id: CommandId): boolean {
  if (!isEnabled(id)) return false;
  actions.get(id)!.run();
  return true;
}

export function factsOf(id: CommandId): CommandFacts {
  return COMMANDS.find((command) => command.id === id)!;
}

/** The keys shown beside a command. */
export function keysOf(id: CommandId): string | undefined {
  return factsOf(id).keys?.[0];
}
