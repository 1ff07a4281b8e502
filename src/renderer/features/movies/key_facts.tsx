import { Trash2 } from 'lucide-react';
import { AXES } from '../../../core/geometry.ts';
import { axisAcross, shapeOf } from '../../../core/movie/project.ts';
import type { CameraPlace, ClipChoice, LayerChoice, SlicePanel, Storyboard } from '../../../core/movie/storyboard.ts';
import { Button, Choice, Section, Slider } from '../../components/controls.tsx';
import { NumberField } from '../../components/number_field.tsx';
import { deleteSelected } from './act.ts';
import { edit, fpsOf } from './boards.ts';
import { changedKey, type KeyPlace, keysOf, movedKey, panelOf } from './edit.ts';
import { CrackChoice, Numbers, Row } from './fields.tsx';
import { MAP_OPTIONS } from './panel_facts.tsx';
import { useMovieProject } from './project.ts';
import { EASE_WORDS, TRACK_WORDS } from './words.ts';

/** One key: when, how it goes on, and its value in numbers. */
export function KeyFacts({ board, place }: { board: Storyboard; place: KeyPlace }) {
  const key = keysOf(board, place)[place.index]!;
  const set = (value: unknown) => edit((one) => changedKey(one, place, { value }));
  return (
    <Section
      title={`${TRACK_WORDS[place.track]} key`}
      aside={
        <Button variant="quiet" icon={Trash2} onClick={deleteSelected}>
          Delete
        </Button>
      }
    >
      <Row name="At">
        <NumberField
          label="Second of the shot"
          unit="s"
          step={0.1}
          min={0}
          value={key.at}
          onCommit={(at) => at !== null && edit((one) => movedKey(one, place, at, fpsOf(board)))}
        />
      </Row>
      <Row name="Goes on">
        <Choice
          label="How it goes on to the next key"
          value={key.ease ?? 'smooth'}
          options={EASE_WORDS}
          onChange={(ease) =>
            edit((one) => changedKey(one, place, { ease: ease === 'smooth' ? undefined : ease } as object))
          }
        />
      </Row>
      <Value board={board} place={place} value={key.value} set={set} />
    </Section>
  );
}

function Value({
  board,
  place,
  value,
  set,
}: {
  board: Storyboard;
  place: KeyPlace;
  value: unknown;
  set: (value: unknown) => void;
}) {
  if (place.track === 'camera') return <CameraRows value={value as CameraPlace} set={set} />;
  if (place.track === 'layers') return <LayerRows value={value as LayerChoice} set={set} />;
  if (place.track === 'clip') return <ClipRows value={value as ClipChoice | 'working'} set={set} />;
  if (place.track === 'slices') return <SlicesRows value={value as { z?: number; y?: number; x?: number }} set={set} />;
  if (place.track === 'at')
    return (
      <Row name="Slice">
        <NumberField
          label="Voxel along the axis"
          min={0}
          value={value as number}
          onCommit={(at) => at !== null && set(at)}
        />
      </Row>
    );
  return (
    <ViewRows panel={panelOf(board, place.shot, place.panel) as SlicePanel} value={value as ViewChoice} set={set} />
  );
}

interface ViewChoice {
  min: [number, number];
  max: [number, number];
}

function ViewRows({ panel, value: view, set }: { panel: SlicePanel; value: ViewChoice; set: (value: object) => void }) {
  const project = useMovieProject();
  const axis = project ? axisAcross(panel.axis, project) : 'z';
  const names = AXES.filter((one) => one !== axis);
  return (
    <>
      <Row name="From">
        <Numbers label="Seen from" names={names} values={view.min} onCommit={(min) => set({ ...view, min })} />
      </Row>
      <Row name="To">
        <Numbers label="Seen to" names={names} values={view.max} onCommit={(max) => set({ ...view, max })} />
      </Row>
    </>
  );
}

function CameraRows({ value, set }: { value: CameraPlace; set: (value: CameraPlace) => void }) {
  const { target } = value;
  const kind = typeof target === 'string' ? target : 'crack' in target ? 'crack' : 'um';
  const number = (
    name: 'azimuth' | 'elevation' | 'distance',
    words: string,
    rest: { unit?: string; step?: number; min?: number; max?: number },
  ) => (
    <Row name={words}>
      <NumberField
        label={words}
        value={value[name]}
        {...rest}
        onCommit={(next) => next !== null && set({ ...value, [name]: next })}
      />
    </Row>
  );
  return (
    <>
      <Row name="Looks at">
        <Choice
          label="Looks at"
          value={kind}
          options={[
            ['cell', 'the cell'],
            ['working', 'its working side'],
            ['crack', 'a crack'],
            ['um', 'a place'],
          ]}
          onChange={(next) =>
            set({
              ...value,
              target: next === 'crack' ? { crack: 'first' } : next === 'um' ? { um: [0, 0, 0] } : next,
            })
          }
        />
        {typeof target !== 'string' && 'crack' in target && (
          <CrackChoice
            label="The crack looked at"
            value={target.crack}
            onCommit={(crack) => set({ ...value, target: { crack } })}
          />
        )}
      </Row>
      {typeof target !== 'string' && 'um' in target && (
        <Row name="Place">
          <Numbers
            label="Place looked at"
            names={['x', 'y', 'z']}
            values={[target.um[2], target.um[1], target.um[0]]}
            onCommit={([x, y, z]) => set({ ...value, target: { um: [z!, y!, x!] } })}
          />
        </Row>
      )}
      {number('azimuth', 'Turned', { unit: '°', step: 5 })}
      {number('elevation', 'Above', { unit: '°', step: 5, min: -90, max: 90 })}
      {number('distance', 'Distance', { unit: '× whole', step: 0.05, min: 0.01 })}
      <Row name="Projection">
        <Choice
          label="Projection"
          value={value.projection ?? 'perspective'}
          options={[
            ['perspective', 'perspective'],
            ['orthographic', 'parallel'],
          ]}
          onChange={(projection) => set({ ...value, projection })}
        />
      </Row>
    </>
  );
}

const OPACITIES = {
  phases: [
    ['collector', 'Collector', 1],
    ['lithium', 'Lithium', 0.9],
    ['crack', 'Cracks', 0.9],
    ['electrolyte', 'Electrolyte', 0.04],
  ],
  lvf: [['lvf', 'Lithium (LVF)', 0.7]],
  grey: [['grey', 'Grey', 1]],
} as const;

function LayerRows({ value, set }: { value: LayerChoice; set: (value: LayerChoice) => void }) {
  return (
    <>
      <Row name="Shows">
        <Choice
          label="Layer shown"
          value={value.show}
          options={[
            ['phases', 'phases'],
            ['lvf', 'lithium fraction'],
            ['grey', 'grey values'],
          ]}
          onChange={(show) => set({ show })}
        />
      </Row>
      {OPACITIES[value.show].map(([name, words, unless]) => (
        <Row key={name} name={words}>
          <Slider
            label={`Opacity of ${words}`}
            value={value.opacity?.[name] ?? unless}
            onChange={(opacity) => set({ ...value, opacity: { ...value.opacity, [name]: opacity } })}
          />
        </Row>
      ))}
      {value.show !== 'phases' && (
        <Row name="Colours">
          <Choice
            label="Colours of the layer"
            value={value.map ?? (value.show === 'lvf' ? 'lvf' : 'grey')}
            options={MAP_OPTIONS}
            onChange={(map) => set({ ...value, map })}
          />
        </Row>
      )}
    </>
  );
}

const WHOLE: ClipChoice = { min: [0, 0, 0], max: [1, 1, 1] };

function ClipRows({
  value: told,
  set,
}: {
  value: ClipChoice | 'working';
  set: (value: ClipChoice | 'working') => void;
}) {
  const value = told === 'working' ? WHOLE : told;
  const ends = (axis: 0 | 1 | 2, name: string) => (
    <Row name={`Along ${name}`}>
      <Numbers
        label={`Clip ${name}`}
        names={['from', 'to']}
        values={[value.min[axis], value.max[axis]]}
        unit="%"
        factor={100}
        min={0}
        max={100}
        onCommit={([from, to]) => {
          const [min, max] = [[...value.min], [...value.max]] as [ClipChoice['min'], ClipChoice['max']];
          min[axis] = Math.min(from!, 0.99);
          max[axis] = Math.max(to!, min[axis] + 0.01);
          set({ min, max });
        }}
      />
    </Row>
  );
  return (
    <>
      <Row name="Keeps">
        <Choice
          label="What of the cell is kept"
          value={told === 'working' ? 'working' : 'box'}
          options={[
            ['box', 'a box'],
            ['working', 'its working side'],
          ]}
          onChange={(next) => set(next === 'working' ? next : WHOLE)}
        />
      </Row>
      {told !== 'working' && (
        <>
          {ends(2, 'x')}
          {ends(1, 'y')}
          {ends(0, 'z')}
        </>
      )}
    </>
  );
}

function SlicesRows({ value, set }: { value: { z?: number; y?: number; x?: number }; set: (value: object) => void }) {
  const project = useMovieProject();
  const shape = project ? shapeOf(project) : null;
  return (['z', 'y', 'x'] as const).map((axis, k) => (
    <Row key={axis} name={`Across ${axis}`}>
      <NumberField
        label={`Slice across ${axis}`}
        optional
        placeholder="none"
        min={0}
        {...(shape ? { max: shape[k]! - 1 } : {})}
        value={value[axis] ?? null}
        onCommit={(at) => {
          const { [axis]: _, ...rest } = value;
          set(at === null ? rest : { ...rest, [axis]: at });
        }}
      />
    </Row>
  ));
}
