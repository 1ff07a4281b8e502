import { JOURNALS, type JournalName } from '../../../core/figure/journals.ts';
import type { FigurePanel, FigurePanelKind } from '../../../core/figure/layout.ts';

export const KIND_WORDS: Readonly<Record<FigurePanelKind, string>> = {
  slices: 'Slices over time',
  maps: 'Thickness maps',
  volumes: '3D over time',
  curve: 'Curve',
  histogram: 'Histograms',
  efficiency: 'Coulombic efficiency',
  profile: 'Profile along the stack',
  line: 'Line through the cell',
};

export const CURVE_WORDS = [
  ['voltage', 'voltage'],
  ['current', 'current'],
  ['charge', 'charge'],
  ['thickness', 'lithium thickness'],
  ['difference', 'thickness less that of the charge'],
  ['crackVolume', 'volume of cracks'],
] as const;

export const JOURNAL_WORDS: readonly (readonly [JournalName | '', string])[] = [
  ['', 'any journal'],
  ...Object.entries(JOURNALS).map(([name, { title }]) => [name as JournalName, title] as const),
];

/** "thickness_curve" as words. */
export function figureWords(name: string): string {
  const words = name.replaceAll('_', ' ').replace(/\b3d\b/, '3D');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What a panel shows, in a few words. */
export function panelWords(panel: FigurePanel): string {
  if (panel.title) return panel.title;
  if (panel.kind === 'curve') return CURVE_WORDS.find(([of]) => of === panel.of)![1];
  if (panel.kind === 'slices') return panel.plane === 'through' ? 'through the stack' : 'in the plane';
  if (panel.kind === 'maps') return `${panel.electrode} electrode`;
  return '';
}
