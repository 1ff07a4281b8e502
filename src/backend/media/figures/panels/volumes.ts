import { asFailure } from '../../../../core/failure.ts';
import type { VolumesPanel } from '../../../../core/figure/layout.ts';
import { chosenScans } from '../../../../core/figure/scans.ts';
import type { CameraPlace } from '../../../../core/movie/storyboard.ts';
import { captionOf } from '../analysed.ts';
import type { Drawing, Prepared, StillAsk } from '../drawing.ts';
import { columnsFor, type GridAsk, groupNames, pictureGrid } from '../pictures.ts';
import { COLLECTOR, CRACK, FAINT_INK, LITHIUM } from '../style.ts';
import { image, rect, text } from '../svg.ts';

const CAPTION = 12;
const LEGEND = 12;
const ASPECT = 4 / 3;
const WISH = 130;
const CAMERA: CameraPlace = { target: 'cell', azimuth: 35, elevation: 28, distance: 1 };
/** Pixels along an edge of a still, at most. */
const MOST = 2048;

/** The cell in 3D, a picture a scan. Null where nothing can draw it. */
export function volumesPanel(panel: VolumesPanel, drawing: Drawing): Prepared | null {
  const { stills, cells } = drawing;
  if (!stills) {
    drawing.notice('the cell in 3D is left out: drawing it needs a browser (see: tomolapse doctor)');
    return null;
  }
  const found = cells.map((cell) => ({ cell, scans: chosenScans(panel.scans, cell.analysed.results) }));
  const ask = (width: number): GridAsk => ({
    counts: found.map(({ scans }) => scans.length),
    names: drawing.several ? found.map(({ cell }) => cell.name) : [],
    aspect: ASPECT,
    columns: panel.columns ?? columnsFor(width, WISH),
    caption: CAPTION,
    left: 0,
    right: 0,
  });
  const cracked = found.some(({ cell }) => cell.analysed.results.cracks.length > 0);
  return {
    scales: {},
    stretches: false,
    head: () => LEGEND,
    height: (width, most) => pictureGrid(ask(width), width, most).total,
    draw: async (place, _, { panel: letter }) => {
      const asked = ask(place.width);
      const grid = pictureGrid(asked, place.width, place.height + 0.01);
      const across = Math.min(MOST, Math.round((grid.width / 72) * drawing.dotsPerInch));
      const size: [number, number] = [across, Math.round(across / ASPECT)];
      const camera = panel.camera ?? CAMERA;
      const asks = found.flatMap(({ cell, scans }) =>
        scans.map(
          ({ index }): StillAsk => ({
            project: cell.number,
            scan: index,
            camera,
            size,
            ...(panel.layers ? { layers: panel.layers } : {}),
            ...(panel.clip ? { clip: panel.clip } : {}),
          }),
        ),
      );
      const parts = [groupNames(grid, asked, place)];
      let pictures: Awaited<ReturnType<typeof stills>> = [];
      try {
        pictures = await stills(asks, drawing.signal);
      } catch (error) {
        drawing.signal.throwIfAborted();
        drawing.notice(`the cell in 3D is left out: ${asFailure(error, 'Cannot draw it').message}`);
      }
      let next = 0;
      for (const [group, { scans }] of found.entries())
        for (const [i, scan] of scans.entries()) {
          const [x, y] = [place.left + grid.place(group, i)[0], place.top + grid.place(group, i)[1]];
          const picture = pictures[next++];
          parts.push(
            picture
              ? image(x, y, grid.width, grid.height, picture)
              : rect(x, y, grid.width, grid.height, { fill: '#f4f4f5' }),
          );
          const [time, charge] = captionOf(scan);
          const number = panel.numbered && letter ? `${letter}.${i + 1}  ` : '';
          parts.push(text(x, y + grid.height + 9, `${number}${time}`, { weight: 700 }));
          if (grid.width > 92)
            parts.push(text(x + grid.width, y + grid.height + 9, charge, { anchor: 'end', fill: FAINT_INK }));
        }
      const meanings = [
        [COLLECTOR, 'collector'],
        [LITHIUM, 'lithium'],
        ...(cracked ? [[CRACK, 'cracks'] as const] : []),
      ] as const;
      let x = place.left + place.width;
      for (const [colour, name] of meanings.toReversed()) {
        x -= 8 + name.length * 3.9 + 8;
        parts.push(rect(x, place.top - 9, 6, 6, { fill: colour }), text(x + 8, place.top - 3.6, name));
      }
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
