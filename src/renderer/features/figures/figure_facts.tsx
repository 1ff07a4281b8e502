import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, Copy, Plus, Trash2 } from 'lucide-react';
import { ANY_JOURNAL, JOURNALS } from '../../../core/figure/journals.ts';
import type { FigureLayout, FigurePanel, FigurePanelKind } from '../../../core/figure/layout.ts';
import { Button, Choice, Empty, IconButton, Section } from '../../components/controls.tsx';
import { NumberField } from '../../components/number_field.tsx';
import { Row, TextField } from '../movies/fields.tsx';
import { showPanel } from '../workspace/dock.ts';
import {
  addedPanel,
  changedLayout,
  type Direction,
  duplicatedPanel,
  lettersOf,
  movedPanel,
  newPanel,
  type PanelPlace,
  panelAt,
  removedPanel,
} from './edit.ts';
import { editFigure, useFigures, useOpenFigure } from './layouts.ts';
import { PanelFields } from './panel_fields.tsx';
import { JOURNAL_WORDS, KIND_WORDS, panelWords } from './words.ts';
import './figures.css';

/** The page of the open figure and its panels, each in numbers and words that can be set. */
export function FigureFacts() {
  const figure = useOpenFigure();
  const selection = useFigures((state) => state.selection);
  if (!figure)
    return (
      <Empty title="No figure is open">
        <Button onClick={() => showPanel('figures')}>Show the figures</Button>
      </Empty>
    );
  const { layout } = figure;
  const panel = selection && panelAt(layout, selection);
  return (
    <>
      <PageSection layout={layout} />
      <PanelsSection layout={layout} selection={selection} />
      {panel && selection && (
        <PanelSection key={`${selection.row} ${selection.at}`} panel={panel} place={selection} layout={layout} />
      )}
    </>
  );
}

function PageSection({ layout }: { layout: FigureLayout }) {
  const set = (change: object) => editFigure((one) => changedLayout(one, change));
  const journal = layout.journal ? JOURNALS[layout.journal] : ANY_JOURNAL;
  const { width = 'double' } = layout;
  const mm = (column: 'single' | 'one-and-half' | 'double') => `${journal.widths[column]} mm`;
  return (
    <Section title="Page">
      <Row name="Title">
        <TextField
          label="Title of the figure"
          value={layout.title ?? ''}
          placeholder="none"
          onCommit={(title) => set({ title: title || undefined })}
        />
      </Row>
      <Row name="Journal">
        <Choice
          label="Journal"
          value={layout.journal ?? ''}
          options={JOURNAL_WORDS}
          onChange={(name) => set({ journal: name === '' ? undefined : name })}
        />
      </Row>
      <Row name="Width">
        <Choice
          label="Width"
          value={typeof width === 'number' ? 'mm' : width}
          options={[
            ['single', `one column, ${mm('single')}`],
            ['one-and-half', `1½ columns, ${mm('one-and-half')}`],
            ['double', `two columns, ${mm('double')}`],
            ['mm', 'its own'],
          ]}
          onChange={(next) => set({ width: next === 'mm' ? journal.widths.double : next })}
        />
        {typeof width === 'number' && (
          <NumberField
            label="Width in mm"
            unit="mm"
            min={20}
            max={1000}
            value={width}
            onCommit={(next) => next !== null && set({ width: next })}
          />
        )}
      </Row>
      <Row name="Letters">
        <Choice
          label="Letters of the panels"
          value={layout.letters ?? ''}
          options={[
            ['', `as the journal, ${journal.letters}`],
            ['a', 'a'],
            ['A', 'A'],
            ['(a)', '(a)'],
            ['a)', 'a)'],
            ['none', 'none'],
          ]}
          onChange={(letters) => set({ letters: letters || undefined })}
        />
      </Row>
      <p className="muted figures-words">{journal.source}</p>
    </Section>
  );
}

function PanelsSection({ layout, selection }: { layout: FigureLayout; selection: PanelPlace | null }) {
  const letters = lettersOf(layout);
  const add = (kind: FigurePanelKind) => {
    const { place } = addedPanel(layout, newPanel(kind));
    editFigure((one) => addedPanel(one, newPanel(kind)).layout, place);
  };
  return (
    <Section
      title="Panels"
      aside={
        <span className="movie-add">
          <Plus size={14} aria-hidden />
          <select
            className="choice"
            aria-label="Add a panel to the figure"
            value=""
            onChange={(event) => event.target.value && add(event.target.value as FigurePanelKind)}
          >
            <option value="">Add…</option>
            {Object.entries(KIND_WORDS).map(([kind, words]) => (
              <option key={kind} value={kind}>
                {words}
              </option>
            ))}
          </select>
        </span>
      }
    >
      <ol className="figure-rows" aria-label="Rows of panels">
        {layout.rows.map((panels, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name, and keep no state
          <li key={row}>
            {panels.map((panel, at) => (
              <button
                // biome-ignore lint/suspicious/noArrayIndexKey: panels have no other name, and keep no state
                key={at}
                type="button"
                className="figure-panel"
                style={{ flexGrow: panel.width ?? 1 }}
                aria-pressed={selection?.row === row && selection.at === at}
                onClick={() => useFigures.setState({ selection: { row, at } })}
              >
                <strong>{letters[row]![at] ?? ''}</strong>
                <span className="ellipsis">{KIND_WORDS[panel.kind]}</span>
                <span className="label ellipsis">{panelWords(panel)}</span>
              </button>
            ))}
          </li>
        ))}
      </ol>
    </Section>
  );
}

const MOVES: readonly [Direction, typeof ArrowUp, string][] = [
  ['left', ArrowLeft, 'To the left'],
  ['right', ArrowRight, 'To the right'],
  ['up', ArrowUp, 'To the row above'],
  ['down', ArrowDown, 'To the row below'],
];

function PanelSection({ panel, place, layout }: { panel: FigurePanel; place: PanelPlace; layout: FigureLayout }) {
  const move = (direction: Direction) => {
    const moved = movedPanel(layout, place, direction);
    editFigure(() => moved.layout, moved.place);
  };
  return (
    <Section
      title={KIND_WORDS[panel.kind]}
      aside={
        <span className="figure-moves">
          {MOVES.map(([direction, icon, label]) => (
            <IconButton key={direction} label={label} icon={icon} size={14} onClick={() => move(direction)} />
          ))}
          <IconButton
            label="Duplicate the panel"
            icon={Copy}
            size={14}
            onClick={() => editFigure((one) => duplicatedPanel(one, place), { ...place, at: place.at + 1 })}
          />
          <IconButton
            label="Delete the panel"
            icon={Trash2}
            size={14}
            disabled={layout.rows.flat().length === 1}
            onClick={() => editFigure((one) => removedPanel(one, place), null)}
          />
        </span>
      }
    >
      <PanelFields panel={panel} place={place} />
    </Section>
  );
}
