import { ANY_JOURNAL, JOURNALS, type Journal } from '../../../core/figure/journals.ts';
import type { FigureLayout, FigurePanel } from '../../../core/figure/layout.ts';
import { CELLS } from '../../../core/plot/look.ts';
import type { Analysed } from '../analysed.ts';
import type { Drawing, Drawn, DrawStills, FigureCell, Prepared, Rect } from './drawing.ts';
import { letterOf } from './letters.ts';
import type { NumberRow } from './numbers.ts';
import { preparePanel } from './panels/index.ts';
import { plotted } from './plot.ts';
import { type Page, text } from './svg.ts';

const MARGIN = 4;
const ROW_GAP = 10;
const COLUMN_GAP = 12;
const INCH_MM = 25.4;

export interface ComposeOptions {
  dotsPerInch?: number | undefined;
  threads?: number | undefined;
  signal: AbortSignal;
  stills?: DrawStills | null | undefined;
  notice?: ((line: string) => void) | undefined;
}

/** A figure on its page, and the numbers that it shows. */
export interface Composed {
  page: Page;
  rows: NumberRow[];
  journal: Journal;
}

export function points(mm: number): number {
  return (mm / INCH_MM) * 72;
}

/** The rules that a layout follows. */
export function journalOf({ journal }: FigureLayout): Journal {
  return journal ? JOURNALS[journal] : ANY_JOURNAL;
}

/** How wide a layout's page is, mm. */
export function widthOfPage(layout: FigureLayout): number {
  const { width = 'double' } = layout;
  return typeof width === 'number' ? width : journalOf(layout).widths[width];
}

interface Placed {
  panel: FigurePanel;
  prepared: Prepared;
}

/**
 * Draws a layout for cells. Panels without anything to show are left out and said by `notice`; null where none is left. Throws a
 * Failure `input` for damaged results, or the signal's reason.
 */
export async function compose(
  layout: FigureLayout,
  projects: readonly Analysed[],
  options: ComposeOptions,
): Promise<Composed | null> {
  if (layout.needs === 'cracks' && projects.every(({ results }) => results.cracks.length === 0)) return null;
  const journal = journalOf(layout);
  const width = points(widthOfPage(layout));
  const names = apart(projects.map(({ name }) => name));
  const cells: FigureCell[] = projects.map((analysed, number) => ({
    number,
    name: layout.cells?.[number] ?? names[number]!,
    analysed,
    look: CELLS[number % CELLS.length]!,
  }));
  const drawing: Omit<Drawing, 'cells' | 'width'> = {
    several: cells.length > 1,
    dotsPerInch: options.dotsPerInch ?? journal.dotsPerInch,
    threads: options.threads ?? 0,
    signal: options.signal,
    stills: options.stills ?? null,
    notice: options.notice ?? (() => undefined),
  };
  const prepare = (panel: FigurePanel, wide: number) => {
    const shown = cells.filter(({ number }) => panel.cells?.includes(number) ?? true);
    return shown.length > 0 ? preparePanel(panel, { ...drawing, cells: shown, width: wide }) : null;
  };
  const rows: Placed[][] = [];
  for (const panels of layout.rows) {
    const row: Placed[] = [];
    const widths = widthsOf(panels, width);
    for (const [k, panel] of panels.entries()) {
      options.signal.throwIfAborted();
      const prepared = await prepare(panel, widths[k]!);
      if (prepared) row.push({ panel, prepared });
    }
    if (row.length > 0) rows.push(row);
  }
  await wordAxes(rows, (panel) => prepare(panel, width));
  const all = rows.flat();
  if (all.length === 0) return null;
  const scalesFor = sharedScales(all);
  const style = all.length === 1 ? 'none' : (layout.letters ?? journal.letters);
  const sizes = heightsOf(rows, width, points(journal.tallest), style === 'none' ? 0 : journal.letter);

  const drawn: Drawn[] = [];
  const parts: string[] = [];
  let top = MARGIN;
  let lettered = 0;
  for (const [r, row] of rows.entries()) {
    const { head, body, widths, heads, lift } = sizes[r]!;
    let left = MARGIN;
    for (const [k, { panel, prepared }] of row.entries()) {
      options.signal.throwIfAborted();
      const order = rows.slice(0, r).reduce((sum, { length }) => sum + length, k);
      const letter = panel.unlettered ? '' : letterOf(lettered++, style);
      const place: Rect = { left, top: top + head, width: widths[k]!, height: body };
      const alone = all.length === 1 && !('numbered' in panel && panel.numbered);
      const plain = alone ? '' : panel.unlettered ? String(order + 1) : letterOf(lettered - 1, 'a');
      const label = { letter, panel: plain, id: `p${order}`, headWidth: heads[k]!, lift };
      drawn.push(await prepared.draw(place, scalesFor(panel), label));
      const line = (lift > 0 ? top + head - lift : top) + journal.letter * 0.75;
      if (letter) parts.push(text(left, line, letter, { size: journal.letter, weight: 700 }));
      if (panel.title) parts.push(text(left + (letter ? journal.letter * 1.4 : 0), line, panel.title, { weight: 700 }));
      left += widths[k]! + COLUMN_GAP;
    }
    top += head + body + ROW_GAP;
  }
  const height = top - ROW_GAP + MARGIN;
  const page = {
    width,
    height,
    body: [
      ...drawn.map(({ under }) => under ?? ''),
      plotted(
        drawn.flatMap(({ plots }) => plots ?? []),
        width,
        height,
      ),
      ...drawn.map(({ body }) => body ?? ''),
      ...parts,
    ]
      .filter((part) => part !== '')
      .join('\n'),
  };
  return { page, rows: drawn.flatMap(({ rows: numbers }) => numbers), journal };
}

/** Gives panels the words along their axis that another below them should have had, which is not there. */
async function wordAxes(
  rows: readonly Placed[][],
  prepare: (panel: FigurePanel) => Promise<Prepared | null> | null,
): Promise<void> {
  for (const [r, row] of rows.entries())
    for (const [k, { panel }] of row.entries()) {
      if (panel.kind !== 'curve' || panel.axis !== false) continue;
      const below = rows.slice(r + 1).flat();
      const same = below.some(
        (other) =>
          other.panel.kind === 'curve' &&
          other.panel.axis !== false &&
          (other.panel.over ?? 'time') === (panel.over ?? 'time'),
      );
      const worded = same ? null : await prepare({ ...panel, axis: true });
      if (worded) row[k] = { panel, prepared: worded };
    }
}

/** Names with numbers where two are the same. */
function apart(names: readonly string[]): string[] {
  return new Set(names).size === names.length ? [...names] : names.map((name, k) => `${name} ${k + 1}`);
}

/** Scales of one name hold the values of all panels that share it; a panel with its own holds its own. */
function sharedScales(all: readonly Placed[]): (panel: FigurePanel) => (name: string) => readonly number[] {
  const shared = new Map<string, number[]>();
  for (const { panel, prepared } of all)
    if (!panel.ownScale)
      for (const [name, values] of Object.entries(prepared.scales))
        shared.set(name, [...(shared.get(name) ?? []), ...values]);
  return (panel) => (name) =>
    panel.ownScale
      ? (all.find((placed) => placed.panel === panel)?.prepared.scales[name] ?? [])
      : (shared.get(name) ?? []);
}

interface RowSize {
  /** Letters, and words above what is drawn. */
  head: number;
  body: number;
  widths: number[];
  /** How wide each panel's words above may be. */
  heads: number[];
  /** Room for letters between those words and what is drawn. */
  lift: number;
}

/** Widths of the panels of a row. */
function widthsOf(panels: readonly FigurePanel[], width: number): number[] {
  const shares = panels.map((panel) => panel.width ?? 1);
  const room = width - 2 * MARGIN - COLUMN_GAP * (panels.length - 1);
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => (room * share) / sum);
}

/** Sizes of the rows; pictures are made smaller where the page would be taller than it may. */
function heightsOf(rows: readonly Placed[][], width: number, tallest: number, letter: number): RowSize[] {
  const sized = (mostOf: (row: number) => number): RowSize[] =>
    rows.map((row, r) => {
      const widths = widthsOf(
        row.map(({ panel }) => panel),
        width,
      );
      const room = width - 2 * MARGIN;
      const fixed = row.flatMap(({ panel, prepared }, k) =>
        panel.height === undefined && prepared.stretches ? [] : [prepared.height(widths[k]!, mostOf(r))],
      );
      const body =
        fixed.length > 0
          ? Math.max(...fixed)
          : Math.max(...row.map(({ prepared }, k) => prepared.height(widths[k]!, mostOf(r))));
      const titled = row.some(({ panel }) => panel.title);
      const strip = letter > 0 && row.some(({ panel }) => !panel.unlettered) ? letter + 2 : titled ? 10 : 0;
      const worded = row.map(({ prepared }, k) => prepared.head(widths[k]!) > 0);
      const wide = row.length > 1 && worded[0]! && !worded.slice(1).includes(true);
      const heads = widths.map((own) => (wide ? room : own));
      const words = Math.max(...row.map(({ prepared }, k) => prepared.head(heads[k]!)));
      // Words over the whole row stand above its letters, others right of their own.
      return {
        widths,
        heads,
        body,
        head: titled || wide ? strip + words : Math.max(strip, words),
        lift: wide ? strip : 0,
      };
    });
  const heightOf = ({ head, body }: RowSize) => head + body;
  const free = sized(() => Infinity);
  const over = free.reduce((sum, row) => sum + heightOf(row) + ROW_GAP, 2 * MARGIN - ROW_GAP) - tallest;
  if (over <= 0) return free;
  const pictures = rows.map((row, r) => (row.some(({ prepared }) => !prepared.stretches) ? free[r]!.body : 0));
  const sum = pictures.reduce((total, height) => total + height, 0);
  return sum === 0 ? free : sized((r) => Math.max(20, pictures[r]! - (over * pictures[r]!) / sum));
}
