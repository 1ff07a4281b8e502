import { Download, Trash2 } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import type { Output } from '../../../contract/app.ts';
import type { Triple } from '../../../core/geometry.ts';
import { keysOf, runCommand } from '../../commands/registry.ts';
import { Button, Empty, Fact, IconButton, Keys, Section } from '../../components/controls.tsx';
import { digits } from '../../components/format.ts';
import { call } from '../../host/call.ts';
import { useProject } from '../../state/session.ts';
import { type ProfileLine, useView } from '../../state/view.ts';
import { saveText } from '../scans/tables.ts';
import { tellViewError } from '../views/series.ts';
import type { PlotLine } from './plot.tsx';

// The plots are loaded with the first profile.
const Plot = lazy(() => import('./plot.tsx').then(({ Plot }) => ({ default: Plot })));

type Profile = Output<'profile'>;
const WAIT_MS = 80;

/** Values along the line drawn in a slice, of the scan shown; it stays over time. */
export function ProfilePanel() {
  const project = useProject();
  const line = useView((view) => view.profile);
  const drawing = useView((view) => view.tool === 'profile');
  const scan = useView((view) => view.scan);
  const layers = project?.scans[scan]?.layers;
  const grey = useProfile(scan, 'grey', line, layers?.includes('grey') ?? false);
  const lvf = useProfile(scan, 'lvf', line, layers?.includes('lvf') ?? false);
  const lines = useMemo(() => plotLines(grey, lvf), [grey, lvf]);
  if (!line || !project)
    return (
      <Empty title={drawing ? 'Drag a line in a slice' : 'No profile line'}>
        Grey values and lithium along a line of any slice are plotted here against distance.
        {!drawing && (
          <Button onClick={() => runCommand('view.profile')}>
            Draw a line <Keys keys={keysOf('view.profile')!} />
          </Button>
        )}
      </Empty>
    );
  const length = grey?.distanceUm.at(-1) ?? lvf?.distanceUm.at(-1) ?? null;
  return (
    <Section
      title="Line profile"
      aside={
        <span>
          <IconButton
            label="Save as CSV"
            icon={Download}
            disabled={!grey && !lvf}
            onClick={() => saveCsv(project.name, scan, grey, lvf)}
          />
          <IconButton label="Remove the line" icon={Trash2} onClick={() => useView.setState({ profile: null })} />
        </span>
      }
    >
      <Suspense fallback={<div style={{ height: 240 }} />}>
        <Plot lines={lines} xName="Distance / µm" label="Values along the line" />
      </Suspense>
      <dl>
        <Fact name="Length" value={digits(length)} unit="µm" />
        <Fact name="From x, y, z" value={placeText(line.from)} />
        <Fact name="To x, y, z" value={placeText(line.to)} />
      </dl>
    </Section>
  );
}

function placeText(place: Triple): string {
  return [...place]
    .reverse()
    .map((value) => value.toFixed(1))
    .join(', ');
}

function plotLines(grey: Profile | null, lvf: Profile | null): PlotLine[] {
  const lines: PlotLine[] = [];
  if (grey) lines.push({ name: 'Grey', colour: '--ink-2', x: grey.distanceUm, y: grey.value });
  if (lvf)
    lines.push({
      name: 'LVF / %',
      colour: '--lithium',
      x: lvf.distanceUm,
      y: lvf.value.map((value) => (value === null ? null : value * 100)),
      right: true,
    });
  return lines;
}

function useProfile(scan: number, layer: 'grey' | 'lvf', line: ProfileLine | null, there: boolean): Profile | null {
  const [profile, setProfile] = useState<Profile | null>(null);
  useEffect(() => {
    if (!line || !there) return setProfile(null);
    const reading = new AbortController();
    const timer = window.setTimeout(() => {
      const longest = Math.max(...line.from.map((place, axis) => Math.abs(place - line.to[axis]!)));
      const count = Math.max(2, Math.min(4096, Math.ceil(longest) + 1));
      call('profile', { scan, layer, from: line.from, to: line.to, count }, reading.signal)
        .then(setProfile)
        .catch((error: Error) => !reading.signal.aborted && tellViewError(error));
    }, WAIT_MS);
    return () => {
      window.clearTimeout(timer);
      reading.abort();
    };
  }, [scan, layer, line, there]);
  return profile;
}

/** One row a point, units in the header. */
export function profileCsv(grey: Profile | null, lvf: Profile | null): string {
  const distances = grey?.distanceUm ?? lvf?.distanceUm ?? [];
  const rows = distances.map((distance, at) => [distance, grey?.value[at] ?? '', lvf?.value[at] ?? ''].join(','));
  return ['distance_um,grey,lvf', ...rows, ''].join('\n');
}

function saveCsv(project: string, scan: number, grey: Profile | null, lvf: Profile | null): void {
  saveText(profileCsv(grey, lvf), `${project}_scan${String(scan + 1).padStart(2, '0')}_profile.csv`);
}
