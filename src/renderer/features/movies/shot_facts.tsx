import { Plus } from 'lucide-react';
import type { Moment, PanelKind, Shot, Storyboard, TimeMapping } from '../../../core/movie/storyboard.ts';
import { Choice, Section } from '../../components/controls.tsx';
import { digits } from '../../components/format.ts';
import { NumberField } from '../../components/number_field.tsx';
import { edit, useMovies } from './boards.ts';
import { addedPanel, changedShot, freePanelId, resized } from './edit.ts';
import { MomentField, Row, TextField } from './fields.tsx';
import { newPanel } from './new_panel.ts';
import { OverlayList } from './overlay_list.tsx';
import { RangeOfTime } from './range_of_time.tsx';
import { PANEL_WORDS, panelName } from './words.ts';

const TIMES = [
  ['play', 'runs evenly'],
  ['scans', 'scan by scan'],
  ['hold', 'stands still'],
] as const;
const BETWEEN = [
  ['hold', 'hold the last'],
  ['fade', 'cross-fade'],
  ['interpolate', 'interpolate (marked)'],
] as const;

/** One shot: how long, how it begins, what time of the cell it shows, its panels and what is written over them. */
export function ShotFacts({ board, at }: { board: Storyboard; at: number }) {
  const shot = board.shots[at]!;
  const set = (change: Partial<Shot> | { [name in keyof Shot]?: undefined }) =>
    edit((one) => changedShot(one, at, change as Partial<Shot>));
  return (
    <>
      <Section title="Shot">
        <Row name="Name">
          <TextField
            label="Name of the shot"
            value={shot.name ?? ''}
            placeholder={`Shot ${at + 1}`}
            onCommit={(name) => set({ name: name || undefined } as Partial<Shot>)}
          />
        </Row>
        <Row name="Length">
          <NumberField
            label="Length of the shot"
            unit="s"
            step={0.5}
            min={0.1}
            max={3600}
            value={shot.seconds}
            onCommit={(seconds) => seconds !== null && edit((one) => resized(one, at, seconds, 'stretch'))}
          />
        </Row>
        <Row name="Begins with">
          <Choice
            label="How the shot begins"
            value={shot.transition ? 'fade' : 'cut'}
            options={[
              ['cut', 'a cut'],
              ['fade', 'a fade'],
            ]}
            onChange={(kind) =>
              set({
                transition: kind === 'fade' ? { kind, seconds: Math.min(0.8, shot.seconds) } : undefined,
              } as Partial<Shot>)
            }
          />
          {shot.transition && (
            <NumberField
              label="Length of the fade"
              unit="s"
              step={0.1}
              min={0.1}
              max={shot.seconds}
              value={shot.transition.seconds}
              onCommit={(seconds) => seconds !== null && set({ transition: { kind: 'fade', seconds } })}
            />
          )}
        </Row>
      </Section>
      <TimeSection shot={shot} set={set} />
      <Section title="Panels" aside={<AddPanel board={board} shot={at} />}>
        <div className="movie-list">
          {shot.panels.map((panel) => (
            <button
              key={panel.id}
              type="button"
              className="movie-list-row"
              onClick={() => useMovies.setState({ selection: { kind: 'panel', shot: at, panel: panel.id } })}
            >
              <span className="ellipsis">{panelName(panel)}</span>
              <span className="label">{PANEL_WORDS[panel.kind]}</span>
            </button>
          ))}
        </div>
      </Section>
      <OverlayList board={board} shot={at} />
    </>
  );
}

function TimeSection({ shot, set }: { shot: Shot; set: (change: Partial<Shot>) => void }) {
  const { time } = shot;
  const ends = time.kind === 'hold' ? { from: time.at, to: time.at } : { from: time.from, to: time.to };
  const choose = (kind: TimeMapping['kind']) => {
    if (kind === 'hold') set({ time: { kind, at: ends.from } });
    else
      set({
        time: { kind, from: time.kind === 'hold' ? 'start' : ends.from, to: time.kind === 'hold' ? 'end' : ends.to },
      });
  };
  const setEnds = (change: { from?: Moment; to?: Moment }) => {
    if (time.kind === 'hold') set({ time: { kind: 'hold', at: change.from ?? change.to ?? time.at } });
    else set({ time: { ...time, ...change } });
  };
  return (
    <Section title="Time of the cell">
      <Row name="Time">
        <Choice label="How time runs" value={time.kind} options={TIMES} onChange={choose} />
      </Row>
      <RangeOfTime shot={shot} onChange={setEnds} />
      {time.kind === 'hold' ? (
        <Row name="At">
          <MomentField label="At" value={time.at} onCommit={(at) => setEnds({ from: at })} />
        </Row>
      ) : (
        <>
          <Row name="From">
            <MomentField label="From" value={time.from} onCommit={(from) => setEnds({ from })} />
          </Row>
          <Row name="To">
            <MomentField label="To" value={time.to} onCommit={(to) => setEnds({ to })} />
          </Row>
        </>
      )}
      {time.kind === 'play' && (
        <Row name="Speed">
          <NumberField
            label="Hours a second"
            unit="h/s"
            step={0.1}
            min={1e-6}
            optional
            placeholder="fills the shot"
            show={(value) => digits(value, 4)}
            value={time.hoursPerSecond ?? null}
            onCommit={(hoursPerSecond) => {
              const { hoursPerSecond: _, ...rest } = time;
              set({ time: hoursPerSecond === null ? rest : { ...rest, hoursPerSecond } });
            }}
          />
        </Row>
      )}
      {time.kind !== 'hold' && (
        <Row name="Between scans">
          <Choice
            label="Between two scans"
            value={shot.between ?? 'hold'}
            options={BETWEEN}
            onChange={(between) => set({ between })}
          />
        </Row>
      )}
    </Section>
  );
}

const KINDS = Object.entries(PANEL_WORDS) as [PanelKind, string][];

function AddPanel({ board, shot }: { board: Storyboard; shot: number }) {
  const add = (kind: PanelKind) => {
    const id = freePanelId(board, shot, kind);
    edit((one) => addedPanel(one, shot, newPanel(kind, id)), { kind: 'panel', shot, panel: id });
  };
  return (
    <span className="movie-add">
      <Plus size={14} aria-hidden />
      <select
        className="choice"
        aria-label="Add a panel"
        value=""
        onChange={(event) => event.target.value && add(event.target.value as PanelKind)}
      >
        <option value="">Add…</option>
        {KINDS.map(([kind, words]) => (
          <option key={kind} value={kind}>
            {words}
          </option>
        ))}
      </select>
    </span>
  );
}
