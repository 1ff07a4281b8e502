import { TriangleAlert } from 'lucide-react';
import type { Recipe } from '../../../core/recipe.ts';
import { Button, Empty, Fact, Section } from '../../components/controls.tsx';
import { digits, fixed, percent, shapeText, voxelText, withUncertainty } from '../../components/format.ts';
import { setRecipe } from '../../state/actions.ts';
import { useProject, useSession } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import { flagTitle, flagWords, noteText } from '../../words/notes.ts';
import { CrackFacts } from '../cracks/crack_facts.tsx';
import { RegionFacts } from '../regions/region_facts.tsx';
import { LayerFacts } from './layer_facts.tsx';
import './inspector.css';

/** What is selected, in numbers: a scan, a layer, a crack, a region. Nothing selected: the scan shown. */
export function Inspector() {
  const project = useProject();
  const selection = useView((view) => view.selection);
  const scan = useView((view) => view.scan);
  if (!project) return <Empty title="Nothing selected" />;
  if (selection?.kind === 'crack') return <CrackFacts id={selection.crack} />;
  if (selection?.kind === 'layer') return <LayerFacts layer={selection.layer} scan={scan} />;
  if (selection?.kind === 'region') return <RegionFacts id={selection.region} />;
  return <ScanFacts at={scan} />;
}

function ScanFacts({ at }: { at: number }) {
  const project = useProject()!;
  const results = useSession((session) => session.results);
  const scan = project.scans[at];
  if (!scan) return <Empty title="Nothing selected">A click on a scan, layer, region or crack shows it here.</Empty>;
  const result = results?.scans[at];
  const working = result?.thickness?.working;
  const counter = result?.thickness?.counter;
  return (
    <>
      <Section
        title={scan.name}
        aside={at === project.reference ? <span className="tag">reference</span> : <Exclude at={at} />}
      >
        <dl>
          <Fact name="Shape" value={shapeText(scan.shape)} />
          <Fact name="Voxel" value={voxelText(project.voxelSizeUm)} unit="µm" />
          <Fact name="Type" value={scan.type} />
          <Fact name="Time" value={fixed(scan.timeH, 3)} unit="h" />
          {scan.startH !== null && scan.endH !== null && (
            <Fact name="Exposure" value={digits((scan.endH - scan.startH) * 60)} unit="min" />
          )}
        </dl>
        <p className="mono muted inspector-path selectable" title={scan.path}>
          {scan.path}
        </p>
      </Section>
      {!result && (
        <Section title="Results">
          <p className="muted">
            Nothing is computed yet. Run the analysis (Ctrl Enter) for lithium, cracks and quality.
          </p>
        </Section>
      )}
      {result && (result.chargeMahCm2 !== null || result.voltageV !== null) && (
        <Section title="Electrochemistry">
          <dl>
            <Fact name="Charge" value={digits(result.chargeMahCm2)} unit="mAh cm⁻²" />
            <Fact name="Current" value={digits(result.currentMaCm2)} unit="mA cm⁻²" />
            <Fact name="Voltage" value={fixed(result.voltageV, 3)} unit="V" />
            <Fact
              name="Cycle"
              value={result.cycle === null ? '–' : `${result.cycle}${result.step ? `, ${result.step}` : ''}`}
            />
          </dl>
        </Section>
      )}
      {working && (
        <Section title="Lithium at the working electrode">
          <dl>
            <Fact name="Thickness" value={withUncertainty(working.meanUm, working.uncertaintyUm)} unit="µm" />
            <Fact name="From charge" value={digits(result?.thickness?.electrochemicalUm)} unit="µm" />
            <Fact name="In cracks" value={digits(working.inCracksUm)} unit="µm" />
            <Fact name="Covered" value={percent(working.coveredFraction, 1)} />
          </dl>
        </Section>
      )}
      {counter && (
        <Section title="Counter electrode">
          <dl>
            <Fact name="Thickness" value={withUncertainty(counter.meanUm, counter.uncertaintyUm)} unit="µm" />
          </dl>
        </Section>
      )}
      {result?.cracks && (
        <Section title="Cracks">
          <dl>
            <Fact name="Count" value={result.cracks.count === null ? '–' : String(result.cracks.count)} />
            <Fact name="Volume" value={digits(result.cracks.volumeUm3)} unit="µm³" />
          </dl>
        </Section>
      )}
      {result?.registration && (
        <Section title="Registration">
          <dl>
            <Fact name="Drift" value={digits(result.registration.driftUm)} unit="µm" />
            <Fact name="Rotation" value={digits(result.registration.rotationDeg, 2)} unit="°" />
            <Fact name="Residual" value={digits(result.registration.residualUm, 2)} unit="µm" />
            <Fact name="Correlation" value={fixed(result.registration.correlation, 4)} />
          </dl>
        </Section>
      )}
      {result?.quality && (
        <Section title="Quality">
          <dl>
            <Fact name="Noise" value={digits(result.quality.noise)} />
            <Fact name="Sharpness" value={digits(result.quality.sharpness)} />
            <Fact name="Rings" value={digits(result.quality.rings)} />
            <Fact name="Clipped" value={percent(result.quality.clipped, 2)} />
          </dl>
          {result.quality.flags.map((flag) => (
            <p key={flag} className="flag">
              <span className="tag warning">
                <TriangleAlert size={11} aria-hidden /> {flagTitle(flag)}
              </span>
              <span className="muted">{flagWords(flag)}.</span>
            </p>
          ))}
        </Section>
      )}
      {result && result.notes.length > 0 && (
        <Section title="Notes">
          <ul className="notes muted selectable">
            {result.notes.map((note) => (
              <li key={note}>{noteText(note)}</li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

/** Leaves a scan out of the analysis, or takes it in again; undone like any change of the recipe. */
function Exclude({ at }: { at: number }) {
  const project = useProject()!;
  const excluded = project.scans[at]!.excluded !== null;
  const change = () => {
    const { exclude, reason, ...rest } = project.recipe.scans?.[at] ?? {};
    const scans: NonNullable<Recipe['scans']> = {
      ...project.recipe.scans,
      [at]: excluded ? rest : { ...rest, exclude: true, reason: 'left out by hand' },
    };
    if (Object.keys(scans[at]!).length === 0) delete scans[at];
    void setRecipe({ ...project.recipe, scans } as Recipe);
  };
  return (
    <Button variant="quiet" onClick={change}>
      {excluded ? 'Take in again' : 'Leave out'}
    </Button>
  );
}
