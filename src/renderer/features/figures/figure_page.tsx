import { Box, ZoomIn, ZoomOut } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Output } from '../../../contract/app.ts';
import { Button, Empty, IconButton } from '../../components/controls.tsx';
import { fixed } from '../../components/format.ts';
import { useSize } from '../../components/use_size.ts';
import { call } from '../../host/call.ts';
import { useSession } from '../../state/session.ts';
import { showPanel } from '../workspace/dock.ts';
import { useFigureChoice } from './choice.ts';
import { type Figure, useOpenFigure } from './layouts.ts';
import { figureWords } from './words.ts';
import './figures.css';

/** CSS pixels a mm: a screen that tells its size rightly shows the page as large as paper. */
const PIXELS_PER_MM = 96 / 25.4;
const CALM_MS = 150;
const MARGIN = 32;
const ZOOMS = [0.5, 0.75, 1, 1.5, 2, 3, 4] as const;

type Page = NonNullable<Output<'figurePreview'>['page']>;

interface Shown {
  page: Page | null;
  url: string | null;
  drawing: boolean;
  problem: string | null;
}

/** The open figure as it will stand on paper. */
export function FigurePage() {
  const figure = useOpenFigure();
  const shown = useFigurePage(figure);
  if (!figure)
    return (
      <Empty title="No figure is open">
        Choose one in Figures: slices over time, maps, curves, histograms, as in a paper.
        <Button onClick={() => showPanel('figures')}>Show the figures</Button>
      </Empty>
    );
  return <Sheet figure={figure} shown={shown} />;
}

function Sheet({ figure, shown: { page, url, drawing, problem } }: { figure: Figure; shown: Shown }) {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const { zoom, stills } = useFigureChoice();
  const has3D = figure.layout.rows.some((panels) => panels.some(({ kind }) => kind === 'volumes'));
  const fits = page ? Math.max(0.2, (width - MARGIN) / (page.widthMm * PIXELS_PER_MM)) : 1;
  const scale = zoom ?? Math.min(fits, 2.5);
  const step = (direction: 1 | -1) => {
    const next = direction > 0 ? ZOOMS.find((one) => one > scale + 0.01) : ZOOMS.findLast((one) => one < scale - 0.01);
    if (next !== undefined) useFigureChoice.setState({ zoom: next });
  };
  return (
    <section className="figure-page" aria-label="Figure">
      <div className="figure-desk" ref={box}>
        {page && url && (
          <img
            className="figure-sheet"
            src={url}
            alt={`${figureWords(figure.name)}: ${figure.layout.title ?? 'figure'}`}
            width={Math.round(page.widthMm * PIXELS_PER_MM * scale)}
            height={Math.round(page.heightMm * PIXELS_PER_MM * scale)}
          />
        )}
        {!page && !drawing && !problem && (
          <Empty title="There is nothing to show">The results have nothing of what this figure shows.</Empty>
        )}
        {problem && (
          <p className="movie-problem" role="status">
            {problem}
          </p>
        )}
      </div>
      <div className="movie-under">
        <span className="label figure-size">
          {page ? `${fixed(page.widthMm, 1)} × ${fixed(page.heightMm, 1)} mm` : ''}
        </span>
        <span className="label" role="status">
          {drawing ? 'drawing…' : ''}
        </span>
        <span className="label figure-notices ellipsis" title={page?.notices.join('\n')}>
          {page?.notices.join(' ')}
        </span>
        {has3D && (
          <Button
            variant="quiet"
            icon={Box}
            aria-pressed={stills}
            onClick={() => useFigureChoice.setState({ stills: !stills })}
          >
            {stills ? 'Without 3D' : 'Draw 3D too'}
          </Button>
        )}
        <IconButton label="Smaller" icon={ZoomOut} side="top" onClick={() => step(-1)} />
        <button
          type="button"
          className="figure-zoom"
          aria-label="Zoom of the page"
          title="As wide as the panel"
          onClick={() => useFigureChoice.setState({ zoom: zoom === null ? 1 : null })}
        >
          {Math.round(scale * 100)} %
        </button>
        <IconButton label="Larger" icon={ZoomIn} side="top" onClick={() => step(1)} />
      </div>
    </section>
  );
}

/** The page of a figure, drawn anew some time after each change; the last one stays until the next is there. */
function useFigurePage(figure: Figure | null): Shown {
  const { other, stills } = useFigureChoice();
  const revision = useSession((session) => session.results);
  const [shown, setShown] = useState<Shown>({ page: null, url: null, drawing: false, problem: null });
  const text = useMemo(() => (figure ? JSON.stringify(figure.layout) : ''), [figure]);
  const name = figure?.name ?? '';
  // biome-ignore lint/correctness/useExhaustiveDependencies: new results are drawn too
  useEffect(() => {
    if (name === '') return;
    const stop = new AbortController();
    setShown((before) => ({ ...before, drawing: true }));
    const timer = window.setTimeout(() => {
      const input = { name, layout: JSON.parse(text) as unknown, other: other === '' ? null : other, stills };
      call('figurePreview', input, stop.signal)
        .then(({ page }) => {
          const url = page && URL.createObjectURL(new Blob([page.svg], { type: 'image/svg+xml' }));
          setShown({ page, url, drawing: false, problem: null });
        })
        .catch((error: Error) => {
          if (!stop.signal.aborted) setShown({ page: null, url: null, drawing: false, problem: error.message });
        });
    }, CALM_MS);
    return () => {
      window.clearTimeout(timer);
      stop.abort(new DOMException('Another page is wanted', 'AbortError'));
    };
  }, [name, text, other, stills, revision]);
  const { url } = shown;
  useEffect(() => () => (url ? URL.revokeObjectURL(url) : undefined), [url]);
  return shown;
}
