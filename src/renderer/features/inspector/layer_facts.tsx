import { Fact, Section } from '../../components/controls.tsx';
import { greyText, shapeText } from '../../components/format.ts';
import type { LayerKey } from '../../state/view.ts';
import { useLayerInfo } from '../views/series.ts';

const TITLES: Record<LayerKey, string> = {
  grey: 'Grey',
  lvf: 'Lithium volume fraction',
  collector: 'Collector',
  lithium: 'Lithium',
  crack: 'Cracks',
  electrolyte: 'Electrolyte',
};
const WORDS: Record<LayerKey, string> = {
  grey: 'The scan as it was reconstructed, moved onto the grid of the reference.',
  lvf: 'The part of each voxel that is lithium, from the change of its grey value.',
  collector: 'The fraction of current collector in each voxel.',
  lithium: 'The fraction of plated lithium in each voxel.',
  crack: 'The fraction of crack in each voxel, whatever fills it.',
  electrolyte: 'The fraction of solid electrolyte in each voxel.',
};

export function LayerFacts({ layer, scan }: { layer: LayerKey; scan: number }) {
  const info = useLayerInfo(scan, layer === 'grey' || layer === 'lvf' ? layer : 'phases');
  return (
    <Section title={TITLES[layer]}>
      <p className="muted inspector-words">{WORDS[layer]}</p>
      {info ? (
        <dl>
          <Fact name="Shape" value={shapeText(info.shape)} />
          <Fact name="Levels" value={String(info.levels)} />
          {layer === 'grey' && <Fact name="Lowest" value={greyText(info.range[0])} />}
          {layer === 'grey' && <Fact name="Highest" value={greyText(info.range[1])} />}
        </dl>
      ) : (
        <p className="muted">This scan does not have it yet: the analysis makes it (Ctrl Enter).</p>
      )}
    </Section>
  );
}
