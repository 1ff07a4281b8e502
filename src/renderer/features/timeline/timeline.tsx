import { ChevronLeft, ChevronRight, Pause, Play, Repeat, SkipBack, SkipForward } from 'lucide-react';
import { keysOf, runCommand } from '../../commands/registry.ts';
import { Choice, Empty, IconButton } from '../../components/controls.tsx';
import { digits, fixed } from '../../components/format.ts';
import { useProject, useSession } from '../../state/session.ts';
import { SPEEDS, timesKnown } from '../../state/time.ts';
import { useView } from '../../state/view.ts';
import { Strips } from './strips.tsx';
import './timeline.css';

/** The transport bar: real time, charge, scans at their true places, what is loaded, where cracks began. */
export function Timeline() {
  const project = useProject();
  if (!project || project.scans.length === 0)
    return <Empty title="No scans in time">Scans of the project stand here at the times they were taken.</Empty>;
  return (
    <div className="timeline">
      <Transport />
      <Strips project={project} />
    </div>
  );
}

const SPEED_NAMES = SPEEDS.map(
  (speed) => [String(speed), `${speed === 0.5 ? '½' : speed} scan${speed > 1 ? 's' : ''}/s`] as const,
);

function Transport() {
  const project = useProject()!;
  const results = useSession((session) => session.results);
  const { scan, playing, loop, speed } = useView();
  const shown = project.scans[scan];
  const result = results?.scans[scan];
  return (
    <div className="transport" role="toolbar" aria-label="Play">
      <div className="transport-row">
        <IconButton
          label="First scan"
          icon={SkipBack}
          keys="Home"
          side="top"
          onClick={() => runCommand('time.first')}
        />
        <IconButton
          label="Previous scan"
          icon={ChevronLeft}
          keys="Left"
          side="top"
          onClick={() => runCommand('time.previous')}
        />
        <IconButton
          label={playing ? 'Pause' : 'Play'}
          icon={playing ? Pause : Play}
          keys="Space"
          side="top"
          className="play"
          disabled={project.scans.length < 2}
          onClick={() => runCommand('time.play')}
        />
        <IconButton
          label="Next scan"
          icon={ChevronRight}
          keys="Right"
          side="top"
          onClick={() => runCommand('time.next')}
        />
        <IconButton
          label="Last scan"
          icon={SkipForward}
          keys="End"
          side="top"
          onClick={() => runCommand('time.last')}
        />
      </div>
      <div className="transport-row">
        <IconButton
          label="Play in a loop"
          icon={Repeat}
          keys={keysOf('time.loop')}
          side="top"
          pressed={loop}
          onClick={() => runCommand('time.loop')}
        />
        <Choice
          label="Speed"
          value={String(speed)}
          options={SPEED_NAMES}
          onChange={(value) => useView.setState({ speed: Number(value) })}
        />
      </div>
      <dl className="now" aria-live={playing ? 'off' : 'polite'}>
        <Now name="Scan" value={`${scan + 1} / ${project.scans.length}`} />
        <Now name="Time" value={timesKnown(project.scans) ? `${fixed(shown?.timeH, 2)} h` : 'not known'} />
        <Now name="Charge" value={result?.chargeMahCm2 == null ? '–' : `${digits(result.chargeMahCm2)} mAh cm⁻²`} />
        <Now name="Voltage" value={result?.voltageV == null ? '–' : `${fixed(result.voltageV, 3)} V`} />
      </dl>
    </div>
  );
}

function Now({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt className="label">{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
