import type { CurvePanel, FigurePanel, ScanChoice, SlicesPanel } from '../../../core/figure/layout.ts';
import type { Moment } from '../../../core/movie/storyboard.ts';
import { Check, Choice } from '../../components/controls.tsx';
import { NumberField } from '../../components/number_field.tsx';
import { useProject } from '../../state/session.ts';
import { CrackChoice, LimitsRow, Row, TextField } from '../movies/fields.tsx';
import { MAP_OPTIONS } from '../movies/panel_facts.tsx';
import { momentWords } from '../movies/words.ts';
import { changedPanel, type PanelPlace } from './edit.ts';
import { editFigure } from './layouts.ts';
import { CURVE_WORDS } from './words.ts';

type Set = (change: object) => void;

/** What a panel shows and how, field by field. */
export function PanelFields({ panel, place }: { panel: FigurePanel; place: PanelPlace }) {
  const set: Set = (change) => editFigure((one) => changedPanel(one, place, change));
  return (
    <>
      <Row name="Words above">
        <TextField
          label="Words above the panel"
          value={panel.title ?? ''}
          placeholder="none"
          onCommit={(title) => set({ title: title || undefined })}
        />
      </Row>
      {panel.kind !== 'efficiency' && panel.kind !== 'curve' && <ScansField value={panel.scans ?? 'all'} set={set} />}
      <OfKind panel={panel} set={set} />
      <Row name="Share of row">
        <NumberField
          label="Its part of the row"
          step={0.1}
          min={0.1}
          max={12}
          optional
          placeholder="1"
          value={panel.width ?? null}
          onCommit={(width) => set({ width: width ?? undefined })}
        />
      </Row>
      <Row name="Height">
        <NumberField
          label="Height of the panel"
          unit="mm"
          min={5}
          max={300}
          optional
          placeholder="what suits it"
          value={panel.height ?? null}
          onCommit={(height) => set({ height: height ?? undefined })}
        />
      </Row>
      <Flag
        words="Has a letter"
        label="The panel has a letter"
        on={!panel.unlettered}
        set={(on) => set({ unlettered: on ? undefined : true })}
      />
      <Flag
        words="Shares its scales"
        label="The panel shares its scales"
        on={!panel.ownScale}
        set={(on) => set({ ownScale: on ? undefined : true })}
      />
    </>
  );
}

function Flag({ words, label, on, set }: { words: string; label: string; on: boolean; set: (on: boolean) => void }) {
  return (
    <div className="figure-flag">
      <Check label={label} checked={on} onChange={set} />
      <span>{words}</span>
    </div>
  );
}

function OfKind({ panel, set }: { panel: FigurePanel; set: Set }) {
  switch (panel.kind) {
    case 'slices':
      return <SlicesFields panel={panel} set={set} />;
    case 'curve':
      return <CurveFields panel={panel} set={set} />;
    case 'maps':
      return (
        <>
          <Electrode value={panel.electrode} set={set} />
          <Row name="Colours">
            <Choice
              label="Colours of the maps"
              value={panel.map ?? 'batlow'}
              options={MAP_OPTIONS}
              onChange={(map) => set({ map })}
            />
          </Row>
          <LimitsRow limits={panel.limits} unlessTold="found" onCommit={(limits) => set({ limits })} />
          <Columns value={panel.columns} set={set} />
        </>
      );
    case 'volumes':
      return <Columns value={panel.columns} set={set} />;
    case 'histogram':
      return <Electrode value={panel.electrode ?? 'working'} set={set} />;
    case 'profile':
      return (
        <Row name="As">
          <Choice
            label="How the profile is drawn"
            value={panel.as}
            options={[
              ['curves', 'a curve a scan'],
              ['colours', 'colours over time'],
            ]}
            onChange={(as) => set({ as })}
          />
        </Row>
      );
    case 'line':
      return (
        <>
          <Row name="Of">
            <Choice
              label="Values along the line"
              value={panel.of}
              options={[
                ['grey', 'grey values'],
                ['lvf', 'lithium fraction'],
              ]}
              onChange={(of) => set({ of })}
            />
          </Row>
          {'crack' in panel.along && (
            <Row name="Across">
              <CrackChoice
                label="The crack that the line crosses"
                value={panel.along.crack}
                onCommit={(crack) => set({ along: { ...panel.along, crack } })}
              />
            </Row>
          )}
        </>
      );
    default:
      return null;
  }
}

function Electrode({ value, set }: { value: 'working' | 'counter'; set: Set }) {
  return (
    <Row name="Electrode">
      <Choice
        label="Electrode of the panel"
        value={value}
        options={[
          ['working', 'working'],
          ['counter', 'counter'],
        ]}
        onChange={(electrode) => set({ electrode })}
      />
    </Row>
  );
}

function Columns({ value, set }: { value: number | undefined; set: Set }) {
  return (
    <Row name="In a row">
      <NumberField
        label="Pictures in a row"
        min={1}
        max={20}
        optional
        placeholder="what suits them"
        value={value ?? null}
        onCommit={(columns) => set({ columns: columns === null ? undefined : Math.round(columns) })}
      />
    </Row>
  );
}

/** All scans, those where something turns, or a choice. */
function ScansField({ value, set }: { value: ScanChoice; set: Set }) {
  const scans = useProject()?.scans ?? [];
  const kind = typeof value === 'string' ? value : 'some';
  const chosen = typeof value === 'string' ? [] : value;
  const plain = chosen.every((one) => typeof one === 'object' && 'scan' in one);
  const has = (index: number) => chosen.some((one) => typeof one === 'object' && 'scan' in one && one.scan === index);
  const choose = (index: number, on: boolean) => {
    const next: Moment[] = on
      ? [...chosen, { scan: index }]
      : chosen.filter((one) => !(typeof one === 'object' && 'scan' in one && one.scan === index));
    const at = (one: Moment) => (typeof one === 'object' && 'scan' in one ? one.scan : -1);
    if (next.length > 0) set({ scans: plain ? next.sort((a, b) => at(a) - at(b)) : next });
  };
  return (
    <>
      <Row name="Scans">
        <Choice
          label="Scans shown"
          value={kind}
          options={[
            ['all', 'all'],
            ['turns', 'where something turns'],
            ['some', 'a choice'],
          ]}
          onChange={(next) =>
            set({
              scans:
                next === 'some'
                  ? scans.filter(({ excluded }) => excluded === null).map(({ index }) => ({ scan: index }))
                  : next,
            })
          }
        />
      </Row>
      {kind === 'some' && (
        <fieldset className="figure-scans" aria-label="Scans chosen">
          {scans.map(({ index, timeH }) => (
            <span key={index} className="figures-form">
              <Check label={`Scan ${index + 1}`} checked={has(index)} onChange={(on) => choose(index, on)} />
              {timeH === null ? index + 1 : `${timeH.toFixed(1)} h`}
            </span>
          ))}
          {!plain && (
            <span className="muted">
              and{' '}
              {chosen
                .filter((one) => typeof one === 'string' || !('scan' in one))
                .map(momentWords)
                .join(', ')}
            </span>
          )}
        </fieldset>
      )}
    </>
  );
}

const SHOWS = [
  ['grey', 'grey values'],
  ['lithium', 'grey with lithium'],
  ['lvf', 'lithium fraction'],
] as const;

function SlicesFields({ panel, set }: { panel: SlicesPanel; set: Set }) {
  const show = panel.show ?? ['lithium'];
  const marks = panel.marks ?? [];
  const mark = (kind: 'arrow' | 'oval' | 'box') => marks.some((one) => one.kind === kind && one.at === 'cracks');
  const setMark = (kind: 'arrow' | 'oval' | 'box', on: boolean) => {
    const rest = marks.filter((one) => !(one.kind === kind && one.at === 'cracks'));
    const next = on ? [...rest, { kind, at: 'cracks' }] : rest;
    set({ marks: next.length > 0 ? next : undefined });
  };
  const view = typeof panel.view === 'string' ? panel.view : panel.view ? 'own' : '';
  return (
    <>
      <Row name="Plane">
        <Choice
          label="Plane of the slices"
          value={panel.plane}
          options={[
            ['through', 'along the stack'],
            ['in-plane', 'parallel to the electrode'],
          ]}
          onChange={(plane) => set({ plane, atUm: undefined, view: undefined })}
        />
      </Row>
      <Row name={panel.plane === 'through' ? 'From the axis' : 'Above'}>
        <NumberField
          label="Where the plane lies"
          unit="µm"
          optional
          placeholder={panel.plane === 'through' ? 'where cracks are' : '8'}
          value={panel.atUm ?? null}
          onCommit={(atUm) => set({ atUm: atUm ?? undefined })}
        />
      </Row>
      {panel.plane === 'through' && (
        <Row name="Part">
          <Choice
            label="Part of the slice"
            value={view}
            options={[
              ['', 'all'],
              ['working', 'working interface'],
              ['counter', 'counter interface'],
              ...(view === 'own' ? [['own', 'as written down'] as const] : []),
            ]}
            onChange={(next) => next !== 'own' && set({ view: next || undefined })}
          />
        </Row>
      )}
      <Row name="Shows">
        <span className="figure-choices">
          {SHOWS.map(([name, words]) => (
            <span key={name} className="figures-form">
              <Check
                label={words}
                checked={show.includes(name)}
                onChange={(on) => {
                  const next = on ? [...show, name] : show.filter((one) => one !== name);
                  if (next.length > 0) set({ show: next });
                }}
              />
              {words}
            </span>
          ))}
        </span>
      </Row>
      <Row name="Cracks">
        <span className="figure-choices">
          <span className="figures-form">
            <Check
              label="Outlines of cracks"
              checked={panel.outlines ?? true}
              onChange={(on) => set({ outlines: on ? undefined : false })}
            />
            outlines
          </span>
          {(
            [
              ['arrow', 'arrows'],
              ['oval', 'ovals'],
              ['box', 'boxes'],
            ] as const
          ).map(([kind, words]) => (
            <span key={kind} className="figures-form">
              <Check label={`${words} at cracks`} checked={mark(kind)} onChange={(on) => setMark(kind, on)} />
              {words}
            </span>
          ))}
        </span>
      </Row>
      <Columns value={panel.columns} set={set} />
    </>
  );
}

function CurveFields({ panel, set }: { panel: CurvePanel; set: Set }) {
  const flag = (
    field: 'band' | 'published' | 'expected' | 'scanMarks' | 'births' | 'legend',
    words: string,
    unless: boolean,
  ) => (
    <Flag
      words={words}
      label={words}
      on={panel[field] ?? unless}
      set={(on) => set({ [field]: on === unless ? undefined : on })}
    />
  );
  return (
    <>
      <Row name="Of">
        <Choice label="What the curve shows" value={panel.of} options={CURVE_WORDS} onChange={(of) => set({ of })} />
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
      {panel.of === 'thickness' && (
        <>
          <Electrode value={panel.electrode ?? 'working'} set={set} />
          {flag('band', 'Band of one standard deviation', true)}
          {flag('expected', 'What the charge makes of dense lithium', true)}
          {flag('published', 'The published recipe beside', true)}
        </>
      )}
      {flag('scanMarks', 'Marks of the scans', true)}
      {flag('births', 'Times in which cracks were born', false)}
    </>
  );
}
