import { colourTable, tableStep } from '../../../core/colour_maps.ts';
import type { Analysed } from '../analysed.ts';
import type { Picture } from '../png.ts';
import { captionOf, viewVoxelUm } from './analysed.ts';
import { contour } from './contours.ts';
import { BAR_ROOM, colourBar, panelGrid, quantile, scaleBar, shrunk } from './parts.ts';
import { chooseCut, type Section, sectionOf } from './sections.ts';
import { AXIS, CRACK, FAINT_INK, MARGIN, PAGE_WIDTH, UNSEEN } from './style.ts';
import { clipped, image, line, moved, type Page, path, rect, text } from './svg.ts';

const CAPTION = 12;
const LABELS = 44;
/** A voxel lies in a crack from this crack fraction on. */
const CRACKED = 0.3;
/** Fraction of lithium on the published scale. */
const LIMITS = [0, 1] as const;

/**
 * One cut along the stack through every registered scan, working electrode below: grey values, the lithium volume fraction over
 * them where it is above the recipe's threshold, cracks outlined. Null when the layers of the cell are not known.
 */
export async function sliceMontage(analysed: Analysed, threads = 0): Promise<Page | null> {
  const cut = chooseCut(analysed);
  if (!cut) return null;
  const { scans, recipe } = analysed.results;
  const [ns, , nu] = cut.cell.shape;
  const [sUm, , uUm] = viewVoxelUm(analysed);
  const grid = panelGrid(scans.length, {
    aspect: (nu * uUm) / (ns * sUm),
    columns: Math.max(2, Math.min(3, scans.length)),
    captionHeight: CAPTION,
    left: LABELS,
    right: BAR_ROOM,
  });
  const threshold = recipe.phases?.lithiumLvf ?? 0.2;
  const [pixelWidth, pixelHeight] = [grid.width / nu, grid.height / ns];
  const parts: string[] = [];
  let window: [number, number] | null = null;
  for (const [i, scan] of scans.entries()) {
    const [x, y] = grid.place(i);
    const section = await sectionOf(analysed, cut, scan.index, threads);
    if (section) {
      // One window for all scans: that of the first, as the reference shows it.
      window ??= [quantile(section.grey, 0.002), quantile(section.grey, 0.998)];
      parts.push(image(x, y, grid.width, grid.height, shrunk(painted(section, ns, nu, window, threshold))));
      const outline = contour(upright(section.cracks, ns, nu), ns, nu, CRACKED, pixelWidth, pixelHeight);
      if (outline !== '')
        parts.push(
          clipped(`cut${i}`, x, y, grid.width, grid.height, moved(x, y, path(outline, { stroke: CRACK, width: 0.8 }))),
        );
    } else {
      parts.push(rect(x, y, grid.width, grid.height, { fill: '#f4f4f5' }));
      parts.push(
        text(x + grid.width / 2, y + grid.height / 2, 'not registered', { anchor: 'middle', fill: FAINT_INK }),
      );
    }
    const [time, charge] = captionOf(scan);
    const below = y + grid.height + 9;
    parts.push(text(x, below, time, { weight: 700 }), text(x + grid.width, below, charge, { anchor: 'end' }));
    if (i % grid.columns === 0)
      for (const { name, from, to } of cut.layers) {
        const [low, high] = [y + grid.height - to * pixelHeight, y + grid.height - from * pixelHeight];
        if (high - low > 7) parts.push(text(x - 5, (low + high) / 2 + 2.5, name, { anchor: 'end', fill: FAINT_INK }));
        for (const at of [low, high])
          if (at > y + 1 && at < y + grid.height - 1) parts.push(line(x - 3, at, x, at, { stroke: AXIS, width: 0.5 }));
      }
  }
  const right = PAGE_WIDTH - BAR_ROOM + 8;
  const tall = Math.min(150, grid.pageHeight - 60);
  parts.push(
    colourBar(right, MARGIN, tall, { map: 'lvf', limits: [0, 100], name: 'lithium volume fraction (%)', step: 20 }),
  );
  parts.push(path(`M${right} ${tall + 16}h9`, { stroke: CRACK, width: 1 }));
  parts.push(text(right + 12, tall + 18.5, 'crack'));
  parts.push(scaleBar(PAGE_WIDTH - MARGIN - 2, tall + 36, grid.width / (nu * uUm), 36));
  return { width: PAGE_WIDTH, height: grid.pageHeight, body: parts.join('\n') };
}

/** The picture of a section, s upwards: grey, and the colours of the fraction where it is above the threshold. */
function painted(
  { grey, lvf }: Section,
  ns: number,
  nu: number,
  window: readonly [number, number],
  threshold: number,
): Picture {
  const pixels = new Uint8Array(ns * nu * 3);
  const table = colourTable('lvf');
  for (let s = 0; s < ns; s++)
    for (let u = 0; u < nu; u++) {
      const from = s * nu + u;
      const to = ((ns - 1 - s) * nu + u) * 3;
      const fraction = lvf?.[from] ?? 0;
      if (fraction > threshold) {
        const step = tableStep(fraction, LIMITS);
        pixels.set(table.subarray(step * 3, step * 3 + 3), to);
      } else if (Number.isNaN(grey[from]!)) pixels.set(UNSEEN, to);
      else pixels.fill(tableStep(grey[from]!, window), to, to + 3);
    }
  return { width: nu, height: ns, channels: 3, pixels };
}

function upright(field: Float32Array, ns: number, nu: number): Float32Array {
  const out = new Float32Array(field.length);
  for (let s = 0; s < ns; s++) out.set(field.subarray(s * nu, (s + 1) * nu), (ns - 1 - s) * nu);
  return out;
}
