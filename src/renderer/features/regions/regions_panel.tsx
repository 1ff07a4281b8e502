import { keysOf, runCommand } from '../../commands/registry.ts';
import { Button, Check, Empty, Keys } from '../../components/controls.tsx';
import { useSession } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import { boundsOf, REGIONS, useRegions } from './boxes.ts';
import './regions.css';

/** Where is sampled and measured. Found by the analysis; dragged in the slices, they become part of the recipe. */
export function RegionsPanel() {
  const regions = useRegions();
  const told = useSession((session) => session.project?.recipe.regions);
  const shown = useView((view) => view.showRegions);
  const selection = useView((view) => view.selection);
  if (regions.length === 0)
    return (
      <Empty title="No regions yet">
        The analysis finds where lithium is measured and grey values are sampled; they are then shown and moved here.
        <Button onClick={() => runCommand('analysis.run')}>
          Run the analysis <Keys keys={keysOf('analysis.run')!} />
        </Button>
      </Empty>
    );
  return (
    <div className="regions">
      <div className="regions-shown">
        <Check
          checked={shown}
          label="Show regions in the slices"
          onChange={(next) => useView.setState({ showRegions: next })}
        />
        <span>Show in the slices, and drag there</span>
      </div>
      <ul>
        {regions.map(([name, region]) => {
          const { min, max } = boundsOf(region);
          return (
            <li key={name}>
              <button
                type="button"
                className="region"
                aria-pressed={selection?.kind === 'region' && selection.region === name}
                onClick={() => useView.setState({ selection: { kind: 'region', region: name }, showRegions: true })}
              >
                <span className="region-colour" style={{ background: REGIONS[name].colour }} aria-hidden />
                <strong>{REGIONS[name].title}</strong>
                <span className="label">{told?.[name] ? 'by hand' : 'found'}</span>
                <span className="muted region-extent">
                  {region.kind}, z {min[0]}–{max[0]}, y {min[1]}–{max[1]}, x {min[2]}–{max[2]}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
