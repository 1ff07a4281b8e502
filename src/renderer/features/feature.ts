import type { LucideIcon } from 'lucide-react';
import type { ComponentType } from 'react';
import type { CommandId } from '../../core/commands.ts';
import { type Action, bindCommands } from '../commands/registry.ts';

/** Where a panel stands at first. */
export type Place = 'rail' | 'centre' | 'right' | 'bottom';

export interface Panel {
  id: string;
  title: string;
  place: Place;
  component: ComponentType;
  /** On the rail. */
  icon?: LucideIcon;
  command?: CommandId;
}

export interface Feature {
  panels?: readonly Panel[];
  commands?: Partial<Record<CommandId, Action | (() => void)>>;
  /** Dialogs and the like, over every page. */
  overlays?: readonly ComponentType[];
}

const panels: Panel[] = [];
const overlays: ComponentType[] = [];

/** Adds a feature to the window: the one call that a feature makes. */
export function register(feature: Feature): void {
  for (const panel of feature.panels ?? []) if (!panels.some(({ id }) => id === panel.id)) panels.push(panel);
  for (const overlay of feature.overlays ?? []) if (!overlays.includes(overlay)) overlays.push(overlay);
  bindCommands(feature.commands ?? {});
}

export function registeredPanels(): readonly Panel[] {
  return panels;
}

export function registeredOverlays(): readonly ComponentType[] {
  return overlays;
}
