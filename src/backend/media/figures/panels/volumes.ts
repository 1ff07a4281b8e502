import { asFailure } from '../../../../core/failure.ts';
import type { VolumesPanel } from '../../../../core/figure/layout.ts';
import { chosenScans } from '../../../../core/figure/scans.ts';
import type { CameraPlace } from '../../../../core/movie/storyboard.ts';
import type { Picture } from '../../png.ts';
import { captionOf } from '../analysed.ts';
import type { Drawing, Prepared, Rect, StillAsk } from '../drawing.ts';
import { widthOf } from '../letters.ts';
import { columnsFor, type GridAsk, groupNames, pictureGrid } from '../pictures.ts';
import { COLLECTOR, CRACK, FAINT_INK, LITHIUM } from '../style.ts';
import { image, rect, text } from '../svg.ts';

const CAPTION = 12;
const LEGEND = 12;
const ASPECT = 3 / 2;
const [WISH, LEAST] = [130, 48];
const CAMERA: CameraPlace = { target: 'working', azimuth: -60, elevation: 32, distance: 0.86 };
/** Pixels along an edge of a still, at most. */
const MOST = 2048;

/** The cell in 3D, a picture a scan. Null where nothing can draw it. */
export async function volumesPanel(panel: VolumesPanel, drawing: Drawing): Promise<Prepared | null> {
  const { stills, cells, signal } = drawing;
  if (!stills) {
    drawing.notice('the cell in 3D is left out: drawing it needs a browser (see: tomolapse doctor)');
    return null;
  }
  const found = cells.map((cell) => ({ cell, scans: chosenScans(panel.scans, cell.analysed.results) }));
  const ask = (width: number): GridAsk => ({
    counts: found.map(({ scans }) => scans.length),
    names: drawing.several ? found.map(({ cell }) => cell.name) : [],
    aspect: ASPECT,
    columns: panel.columns ?? columnsOf(width, Math.max(...found.map(({ scans }) => scans.length))),
    caption: CAPTION,
    least: LEAST,
    left: 0,
    right: 0,
  });
  const dots = (pictureGrid(ask(drawing.width), drawing.width, Infinity).width / 72) * drawing.dotsPerInch;
  const across = 2 * Math.min(MOST / 2, Math.round(dots / 2));
  const asked = found.flatMap(({ cell, scans }) =>
    scans.map(
      ({ index }): StillAsk => ({
        project: cell.number,
        scan: index,
        camera: panel.camera ?? CAMERA,
        size: [across, Math.round(across / ASPECT)],
        ...(panel.layers ? { layers: panel.layers } : {}),
        ...(panel.clip === 'whole' ? {} : { clip: panel.clip ?? 'working' }),
      }),
    ),
  );
  const pictures: Picture[] = [];
  try {
    pictures.push(...(await stills(asked, signal)));
  } catch (error) {
    signal.throwIfAborted();
    drawing.notice(`the cell in 3D is left out: ${asFailure(error, 'It cannot be drawn').message}`);
    return null;
  }
  const cracked = found.some(({ cell }) => cell.analysed.results.cracks.length > 0);
  return {
    scales: {},
    stretches: false,
    head: () => LEGEND,
    height: (width, most) => pictureGrid(ask(width), width, most).total,
    draw: (place, _, { panel: letter }) => {
      const grid = pictureGrid(ask(place.width), place.width, place.height + 0.01);
      const parts = [groupNames(grid, ask(place.width), place)];
      let next = 0;
      for (const [group, { scans }] of found.entries())
        for (const [i, scan] of scans.entries()) {
          const [x, y] = [place.left + grid.place(group, i)[0], place.top + grid.place(group, i)[1]];
          parts.push(image(x, y, grid.width, grid.height, pictures[next++]!));
          const [time, charge] = captionOf(scan);
          const number = panel.numbered && letter ? `${letter}.${i + 1}  ` : '';
          parts.push(text(x, y + grid.height + 9, `${number}${time}`, { weight: 700 }));
          if (grid.width > 92)
            parts.push(text(x + grid.width, y + grid.height + 9, charge, { anchor: 'end', fill: FAINT_INK }));
        }
      parts.push(meanings(cracked, place));
      return {
        body: parts.join('\n'),
        rows: found.flatMap(({ cell, scans }) =>
          scans.map((scan) => ({
            panel: letter,
            cell: cell.name,
            quantity: 'volume',
            scan: scan.index,
            timeH: scan.timeH,
            chargeMahCm2: scan.chargeMahCm2,
          })),
        ),
      };
    },
  };
}

/** Up to six in one row. */
function columnsOf(width: number, count: number): number {
  return width / count > 70 ? count : columnsFor(width, WISH);
}

/** What the colours mean, above the pictures at their right end. */
function meanings(cracked: boolean, { left, top, width }: Rect): string {
  const all: [colour: string, name: string][] = [
    [COLLECTOR, 'collector'],
    [LITHIUM, 'lithium'],
    ...(cracked ? [[CRACK, 'cracks'] as [string, string]] : []),
  ];
  let x = left + width;
  return all
    .toReversed()
    .map(([colour, name]) => {
      x -= widthOf(name) + 18;
      return rect(x, top - 10, 6, 6, { fill: colour }) + text(x + 8.5, top - 4.6, name);
    })
    .join('');
}
