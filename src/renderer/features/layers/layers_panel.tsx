import { Lock, LockOpen, WandSparkles } from 'lucide-react';
import type { ReactNode } from 'react';
import { COLOUR_MAPS, type ColourMapName } from '../../../core/colour_maps.ts';
import { keysOf, runCommand } from '../../commands/registry.ts';
import { Check, Choice, IconButton, Slider } from '../../components/controls.tsx';
import { greyText } from '../../components/format.ts';
import { NumberField } from '../../components/number_field.tsx';
import { useProject } from '../../state/session.ts';
import { type LayerKey, setLayer, useView } from '../../state/view.ts';
import type { PhaseName } from '../../viewer/index.ts';
import { useLayerInfo } from '../views/series.ts';
import { ColourBar } from './colour_bar.tsx';
import { Histogram } from './histogram.tsx';
import './layers.css';

const MAPS = (Object.keys(COLOUR_MAPS) as ColourMapName[]).map((name) => [name, COLOUR_MAPS[name].title] as const);
const LVF_MAPS = MAPS.filter(([name]) => name !== 'grey');
const PHASES: readonly [PhaseName, string][] = [
  ['collector', 'Collector'],
  ['lithium', 'Lithium'],
  ['crack', 'Cracks'],
  ['electrolyte', 'Electrolyte'],
];

/** What is drawn and how; the same for every scan, so that colours compare over time. */
export function LayersPanel() {
  const project = useProject();
  const scan = useView((view) => view.scan);
  const layers = useView((view) => view.layers);
  const locked = useView((view) => view.contrastLocked);
  const grey = useLayerInfo(scan, 'grey');
  const there = new Set<string>(project?.scans[scan]?.layers ?? []);
  const setWindow = (window: [number, number]) => {
    setLayer('grey', { window });
    useView.setState({ windowSet: true });
  };
  const [low, high] = layers.grey.window;
  const step = grey ? Math.max((grey.range[1] - grey.range[0]) / 1000, 1e-6) : 1;
  return (
    <div className="layers">
      <Layer name="grey" title="Grey" absent={!there.has('grey')}>
        <Histogram info={grey} window={layers.grey.window} onWindow={setWindow} />
        <div className="layer-row window">
          <NumberField
            label="Black at"
            value={low}
            step={niceStep(step)}
            show={greyText}
            onCommit={(value) => value !== null && setWindow([Math.min(value, high), high])}
          />
          <ColourBar map={layers.grey.map} label="Grey values" />
          <NumberField
            label="White at"
            value={high}
            step={niceStep(step)}
            show={greyText}
            onCommit={(value) => value !== null && setWindow([low, Math.max(value, low)])}
          />
          <IconButton
            label="Auto contrast"
            icon={WandSparkles}
            keys={keysOf('view.autoContrast')}
            onClick={() => runCommand('view.autoContrast')}
          />
          <IconButton
            label={locked ? 'Contrast is locked over time' : 'Contrast follows each scan'}
            icon={locked ? Lock : LockOpen}
            pressed={locked}
            keys={keysOf('view.lockContrast')}
            onClick={() => runCommand('view.lockContrast')}
          />
        </div>
        <div className="layer-row">
          <span className="muted">Colours</span>
          <Choice
            label="Colour map of grey values"
            value={layers.grey.map}
            options={MAPS}
            onChange={(map) => setLayer('grey', { map })}
          />
        </div>
      </Layer>
      <Layer name="lvf" title="Lithium (LVF)" absent={!there.has('lvf')}>
        <div className="layer-row">
          <span className="label">0 %</span>
          <ColourBar map={layers.lvf.map} label="Lithium volume fraction from 0 to 100 %" />
          <span className="label">100 %</span>
        </div>
        <div className="layer-row">
          <span className="muted">Colours</span>
          <Choice
            label="Colour map of the lithium volume fraction"
            value={layers.lvf.map}
            options={LVF_MAPS}
            onChange={(map) => setLayer('lvf', { map })}
          />
        </div>
      </Layer>
      <h3 className="layers-heading">Phases</h3>
      {PHASES.map(([name, title]) => (
        <Layer key={name} name={name} title={title} absent={!there.has('phases')} />
      ))}
      {!there.has('phases') && (
        <p className="layers-hint muted">
          Lithium, cracks and the collector are found by the analysis.{' '}
          <button type="button" className="link" onClick={() => runCommand('analysis.run')}>
            Run it
          </button>
        </p>
      )}
      <p className={`layers-hint label${locked ? '' : ' unlocked'}`}>
        {locked
          ? 'Contrast and colours are locked over time.'
          : 'Contrast follows each scan: do not compare brightness over time.'}
      </p>
    </div>
  );
}

const COLOURS: Partial<Record<LayerKey, string>> = {
  collector: 'var(--collector)',
  lithium: 'var(--lithium)',
  crack: 'var(--crack)',
  electrolyte: 'var(--electrolyte)',
};

function Layer({
  name,
  title,
  absent,
  children,
}: {
  name: LayerKey;
  title: string;
  absent: boolean;
  children?: ReactNode;
}) {
  const { visible, opacity } = useView(({ layers }) =>
    name === 'grey' || name === 'lvf' ? layers[name] : layers.phases[name],
  );
  const active = useView((view) => view.activeLayer === name);
  const colour = COLOURS[name];
  return (
    <section
      className={`layer${active ? ' active' : ''}${absent ? ' absent' : ''}`}
      aria-label={title}
      onPointerDown={() => useView.setState({ activeLayer: name, selection: { kind: 'layer', layer: name } })}
    >
      <header>
        <Check
          checked={visible}
          label={`Show ${title}`}
          {...(colour ? { colour } : {})}
          onChange={(next) => setLayer(name, { visible: next })}
        />
        <span className="layer-title ellipsis">{title}</span>
        {absent ? (
          <span className="label">{name === 'grey' ? 'scan missing' : 'not computed'}</span>
        ) : (
          <div className="layer-opacity">
            <Slider
              label={`Opacity of ${title}`}
              value={opacity}
              disabled={!visible}
              onChange={(next) => setLayer(name, { opacity: next })}
            />
            <span className="number label">{Math.round(opacity * 100)} %</span>
          </div>
        )}
      </header>
      {children && visible && !absent && <div className="layer-body">{children}</div>}
    </section>
  );
}

/** A step of 1, 2 or 5 near one thousandth of the range. */
function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return (step / power >= 5 ? 5 : step / power >= 2 ? 2 : 1) * power;
}
