import { Diamond, Trash2 } from 'lucide-react';
import { COLOUR_MAPS, type ColourMapName } from '../../../core/colour_maps.ts';
import { AXES } from '../../../core/geometry.ts';
import { axisAcross, shapeOf } from '../../../core/movie/project.ts';
import type { CurvePanel, MapPanel, Panel, SlicePanel, Storyboard } from '../../../core/movie/storyboard.ts';
import { Button, Check, Choice, Section } from '../../components/controls.tsx';
import { useSession } from '../../state/session.ts';
import { deleteSelected, keyHere } from './act.ts';
import { edit, useMovies } from './boards.ts';
import { changedPanel, keysOf, panelOf, renamedPanel, TRACKS, type Track } from './edit.ts';
import { LimitsRow, Numbers, Row, TextField } from './fields.tsx';
import { useMovieProject } from './project.ts';
import { PANEL_WORDS, secondsText, TRACK_WORDS } from './words.ts';

export const MAP_OPTIONS = Object.entries(COLOUR_MAPS).map(
  ([name, { title }]) => [name as ColourMapName, title] as const,
);

const CURVES = [
  ['voltage', 'voltage'],
  ['current', 'current'],
  ['charge', 'charge'],
  ['thickness', 'lithium thickness'],
  ['crackVolume', 'volume of cracks'],
] as const;

/** One panel of a shot: where it stands, what it shows, what of it changes. */
export function PanelFacts({ board, shot, panel }: { board: Storyboard; shot: number; panel: Panel }) {
  const set = (change: object) => edit((one) => changedPanel(one, shot, panel.id, change as Partial<Panel>));
  const rename = (id: string) =>
    edit((one) => renamedPanel(one, shot, panel.id, id), { kind: 'panel', shot, panel: id });
  return (
    <>
      <Section
        title={PANEL_WORDS[panel.kind]}
        aside={
          <Button
            variant="quiet"
            icon={Trash2}
            disabled={board.shots[shot]!.panels.length === 1}
            onClick={deleteSelected}
          >
            Delete
          </Button>
        }
      >
        <Row name="Name">
          <TextField
            label="Name of the panel"
            value={panel.id}
            fault={(id) => nameFault(board, shot, panel.id, id)}
            onCommit={rename}
          />
        </Row>
        <Row name="Caption">
          <TextField
            label="Caption of the panel"
            value={panel.caption ?? ''}
            placeholder="none"
            onCommit={(caption) => set({ caption: caption || undefined })}
          />
        </Row>
        <Row name="Place">
          <Numbers
            label="Place of the panel"
            names={['x', 'y', 'w', 'h']}
            values={panel.rect}
            unit="%"
            factor={100}
            min={0}
            max={100}
            onCommit={(rect) => set({ rect: inside(rect) })}
          />
        </Row>
        <Row name="Cell">
          <Choice
            label="Which cell the panel shows"
            value={String(panel.project ?? 0)}
            options={[
              ['0', 'this project'],
              ['1', 'the second one'],
            ]}
            onChange={(project) => set({ project: project === '0' ? undefined : Number(project) })}
          />
        </Row>
        {panel.kind === 'slice' && <SliceRows panel={panel} set={set} />}
        {panel.kind === 'map' && <MapRows panel={panel} set={set} />}
        {panel.kind === 'curve' && <CurveRows panel={panel} set={set} />}
      </Section>
      {TRACKS[panel.kind].length > 0 && <Keys board={board} shot={shot} panel={panel} />}
    </>
  );
}

/** A rectangle that does not reach out of the picture. */
function inside([x, y, width, height]: readonly number[]): [number, number, number, number] {
  const [left, top] = [Math.max(0, Math.min(0.98, x!)), Math.max(0, Math.min(0.98, y!))];
  const tidy = (share: number) => Number(share.toFixed(5));
  return [
    tidy(left),
    tidy(top),
    tidy(Math.max(0.02, Math.min(1 - left, width!))),
    tidy(Math.max(0.02, Math.min(1 - top, height!))),
  ];
}

function nameFault(board: Storyboard, shot: number, before: string, id: string): string | null {
  if (id === '') return 'A panel needs a name';
  if (id.length > 80) return 'A name has 80 letters at most';
  return id !== before && panelOf(board, shot, id) ? 'Another panel of the shot has this name' : null;
}

function SliceRows({ panel, set }: { panel: SlicePanel; set: (change: object) => void }) {
  return (
    <Row name="Across">
      <Choice
        label="Axis across the slice"
        value={panel.axis}
        options={[
          ['side', 'from the side'],
          ['stack', 'along the stack'],
          ['z', 'z (xy plane)'],
          ['y', 'y (xz plane)'],
          ['x', 'x (yz plane)'],
        ]}
        onChange={(axis) => set({ axis, at: undefined, view: undefined })}
      />
      {!panel.at && (
        <CrackOrNone value={panel.through?.crack} onCommit={(crack) => set({ through: crack && { crack } })} />
      )}
    </Row>
  );
}

/** The crack that a slice goes through; where none is named the place is found. */
function CrackOrNone({
  value,
  onCommit,
}: {
  value: number | 'first' | 'largest' | undefined;
  onCommit: (crack: number | 'first' | 'largest' | undefined) => void;
}) {
  const cracks = useSession((session) => session.results?.cracks) ?? [];
  const options: [string, string][] = [
    ['', 'at a found place'],
    ['first', 'through the first crack'],
    ['largest', 'through the largest crack'],
    ...cracks.map(({ id }): [string, string] => [String(id), `through crack ${id}`]),
  ];
  return (
    <Choice
      label="Where the slice lies"
      value={String(value ?? '')}
      options={options}
      onChange={(next) =>
        onCommit(next === '' ? undefined : next === 'first' || next === 'largest' ? next : Number(next))
      }
    />
  );
}

function MapRows({ panel, set }: { panel: MapPanel; set: (change: object) => void }) {
  return (
    <>
      <Row name="Electrode">
        <Choice
          label="Electrode"
          value={panel.electrode}
          options={[
            ['working', 'working'],
            ['counter', 'counter'],
          ]}
          onChange={(electrode) => set({ electrode })}
        />
      </Row>
      <Row name="Colours">
        <Choice
          label="Colours of the map"
          value={panel.map ?? 'batlow'}
          options={MAP_OPTIONS}
          onChange={(map) => set({ map })}
        />
      </Row>
      <LimitsRow limits={panel.limits} unlessTold="one scale for all scans" onCommit={(limits) => set({ limits })} />
    </>
  );
}

function CurveRows({ panel, set }: { panel: CurvePanel; set: (change: object) => void }) {
  return (
    <>
      <Row name="Of">
        <Choice label="What the curve shows" value={panel.of} options={CURVES} onChange={(of) => set({ of })} />
      </Row>
      <Row name="Over">
        <Choice
          label="Axis of the curve"
          value={panel.over ?? 'time'}
          options={[
            ['time', 'time'],
            ['charge', 'charge'],
          ]}
          onChange={(over) => set({ over: over === 'time' ? undefined : over })}
        />
      </Row>
      <Row name="Growing">
        <Check
          label="Drawn up to the cursor"
          checked={panel.growing ?? false}
          onChange={(growing) => set({ growing: growing || undefined })}
        />
        <span className="muted">drawn up to the cursor only</span>
      </Row>
    </>
  );
}

/** What of the panel changes: its keys, and a way to a first one. */
function Keys({ board, shot, panel }: { board: Storyboard; shot: number; panel: Panel }) {
  const project = useMovieProject();
  const first = (track: Track): unknown => {
    if (track === 'camera') return { target: 'cell', azimuth: 30, elevation: 25, distance: 1 };
    if (track === 'clip') return { min: [0, 0, 0], max: [1, 1, 1] };
    if (track === 'layers') return { show: 'phases' };
    if (track === 'slices') return {};
    if (!project || panel.kind !== 'slice') return null;
    const across = AXES.indexOf(axisAcross(panel.axis, project));
    if (track === 'at') return Math.floor(shapeOf(project)[across]! / 2);
    return { min: [0, 0], max: shapeOf(project).filter((_, k) => k !== across) };
  };
  return (
    <Section title="Keys">
      {TRACKS[panel.kind].map((track) => {
        const keys = keysOf(board, { shot, panel: panel.id, track });
        return (
          <Row key={track} name={TRACK_WORDS[track]}>
            {keys.map((key, index) => (
              <button
                key={key.at}
                type="button"
                className="movie-key-chip"
                title={`${TRACK_WORDS[track]} key at ${secondsText(key.at)} s of the shot`}
                onClick={() => useMovies.setState({ selection: { kind: 'key', shot, panel: panel.id, track, index } })}
              >
                {secondsText(key.at)} s
              </button>
            ))}
            <Button
              variant="quiet"
              icon={Diamond}
              aria-label={`${TRACK_WORDS[track]} key at the playhead`}
              title="A key where the playhead stands"
              onClick={() => keyHere(shot, panel.id, track, first(track))}
            >
              Here
            </Button>
          </Row>
        );
      })}
    </Section>
  );
}
