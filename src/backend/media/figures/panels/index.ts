import type { FigurePanel, FigurePanelKind } from '../../../../core/figure/layout.ts';
import type { Drawing, Prepared } from '../drawing.ts';
import { curvePanel } from './curve.ts';
import { efficiencyPanel } from './efficiency.ts';
import { histogramPanel } from './histogram.ts';
import { linePanel } from './line.ts';
import { mapsPanel } from './maps.ts';
import { profilePanel } from './profile.ts';
import { slicesPanel } from './slices.ts';
import { volumesPanel } from './volumes.ts';

type Prepare<P> = (panel: P, drawing: Drawing) => Promise<Prepared | null> | Prepared | null;
type OfKind<K extends FigurePanelKind> = Extract<FigurePanel, { kind: K }>;

/** Every kind of panel, one line each. */
const PANELS: { [K in FigurePanelKind]: Prepare<OfKind<K>> } = {
  slices: slicesPanel,
  maps: mapsPanel,
  volumes: volumesPanel,
  curve: curvePanel,
  histogram: histogramPanel,
  efficiency: efficiencyPanel,
  profile: profilePanel,
  line: linePanel,
};

/** Finds what a panel shows; null where there is nothing. */
export async function preparePanel(panel: FigurePanel, drawing: Drawing): Promise<Prepared | null> {
  return (PANELS[panel.kind] as Prepare<FigurePanel>)(panel, drawing);
}
