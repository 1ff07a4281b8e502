import { Copy, Download, RotateCcw, Trash2 } from 'lucide-react';
import { useMemo } from 'react';
import { keysOf, runCommand } from '../../commands/registry.ts';
import { Button, Check, Choice, Empty, IconButton, Keys, Section } from '../../components/controls.tsx';
import { NumberField } from '../../components/number_field.tsx';
import { onListKey } from '../../components/row_keys.ts';
import { useProject, useSession } from '../../state/session.ts';
import { InTheMaking } from '../analysis/job_list.tsx';
import { ExportedFiles } from '../movies/exported_files.tsx';
import { Row } from '../movies/fields.tsx';
import { showPanel } from '../workspace/dock.ts';
import { exportFigures, FORMS, useFigureChoice } from './choice.ts';
import { addFigure, dropFigure, type Figure, listed, showFigure, useFigures, useOpenFigure } from './layouts.ts';
import { figureWords } from './words.ts';
import './figures.css';

/** Figures of the paper as templates, the project's own, and the way to files. */
export function FiguresPanel() {
  const state = useFigures();
  const project = useProject();
  const results = useSession((session) => session.results);
  const figures = useMemo(() => listed(state), [state]);
  const open = useOpenFigure();
  if (!project) return <Empty title="No project">Open a project first.</Empty>;
  if (!results?.scans.length)
    return (
      <Empty title="No results to show">
        Figures are made of the results: thickness, maps, slices, cracks.
        <Button onClick={() => runCommand('analysis.run')}>
          Run the analysis <Keys keys={keysOf('analysis.run')!} />
        </Button>
      </Empty>
    );
  return (
    <div className="figures">
      <div className="movies-tools">
        <span className="label">Pages of panels</span>
        <span className="gap" />
        <IconButton
          label="Duplicate the figure"
          icon={Copy}
          disabled={!open}
          onClick={() => open && void addFigure(open.name, structuredClone(open.layout))}
        />
        <IconButton
          label={open?.template ? 'Back to the figure as it came' : 'Delete the figure'}
          icon={open?.template ? RotateCcw : Trash2}
          disabled={!open?.own}
          onClick={() => open && void dropFigure(open)}
        />
      </div>
      <ul className="figures-list" aria-label="Figures">
        {figures.map((figure) => (
          <FigureRow key={figure.name} figure={figure} chosen={figure.name === state.open} />
        ))}
      </ul>
      <ExportFigures figures={figures} open={open} />
      <InTheMaking kind="figures" />
      <ExportedFiles of={FIGURE_FILES} />
    </div>
  );
}

const FIGURE_FILES = /\.(svg|pdf|png|tiff|csv)$/i;

function FigureRow({ figure: { name, layout, own, template }, chosen }: { figure: Figure; chosen: boolean }) {
  return (
    <li>
      <button
        type="button"
        className="board figure-row"
        aria-pressed={chosen}
        onClick={() => {
          showFigure(name);
          showPanel('figure-facts');
          showPanel('figure');
        }}
        onKeyDown={(event) => onListKey(event, true)}
      >
        <strong className="ellipsis">{figureWords(name)}</strong>
        <span className="label">{own ? (template ? 'changed' : 'own') : ''}</span>
        <span className="muted figure-title ellipsis">{layout.title}</span>
      </button>
    </li>
  );
}

function ExportFigures({ figures, open }: { figures: readonly Figure[]; open: Figure | null }) {
  const { forms, dotsPerInch, other } = useFigureChoice();
  const recent = useSession((session) => session.recent);
  const project = useProject();
  const others = recent.filter(({ path, exists }) => exists && path !== project?.path);
  return (
    <Section title="Write figures">
      <Row name="Forms">
        {FORMS.map(([form, words]) => (
          <span key={form} className="figures-form">
            <Check
              label={words}
              checked={forms.includes(form)}
              onChange={(on) =>
                useFigureChoice.setState({ forms: on ? [...forms, form] : forms.filter((one) => one !== form) })
              }
            />
            {words}
          </span>
        ))}
      </Row>
      <Row name="Resolution">
        <NumberField
          label="Dots an inch"
          unit="dpi"
          min={72}
          max={1200}
          step={50}
          optional
          placeholder="as the journal asks"
          value={dotsPerInch}
          onCommit={(value) => useFigureChoice.setState({ dotsPerInch: value === null ? null : Math.round(value) })}
        />
      </Row>
      <Row name="Beside">
        <Choice
          label="A second cell beside this one"
          value={other}
          options={[['', 'no second cell'], ...others.map(({ path, name }) => [path, name] as const)]}
          onChange={(next) => useFigureChoice.setState({ other: next })}
        />
      </Row>
      <div className="movies-make">
        <Button disabled={forms.length === 0} onClick={() => void exportFigures(figures)}>
          Write all {figures.length}
        </Button>
        <Button
          variant="primary"
          icon={Download}
          disabled={!open || forms.length === 0}
          onClick={() => runCommand('figure.export')}
        >
          Write this one
        </Button>
      </div>
      <p className="muted figures-words">
        With the numbers shown as CSV and what made it as JSON, into the project’s exports.
      </p>
    </Section>
  );
}
